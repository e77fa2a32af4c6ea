import FuzzProperties
import TestSupport
import Testing

@Suite("Corpus")
struct CorpusTests {
    @Test("every property holds of every input that is kept", arguments: FuzzTarget.allCases)
    func kept(_ target: FuzzTarget) throws {
        let corpus = try Corpus(target)
        #expect(corpus.files.count > 20)
        for (name, bytes) in corpus.files {
            let violation = target.violation(of: bytes)
            #expect(violation == nil, "Tests/Corpus/\(target.rawValue)/\(name)")
        }
    }

    @Test("every property holds of inputs made from those", arguments: FuzzTarget.allCases)
    func mutated(_ target: FuzzTarget) throws {
        let run = Seed.ofThisRun()
        let mutator = Mutator(target, inputs: try Corpus(target).files.map(\.bytes))
        // Reading a configuration takes longer than all the others together.
        let cases = target == .configurations ? 300 : 3000
        for number in 0..<cases {
            var seed = run.derived(number)
            let input = mutator.input(&seed)
            guard let violation = target.violation(of: input) else { continue }
            Issue.record("\(run), case \(number): \(violation)\n\(describe(input, limit: 4000))")
            return
        }
    }

    @Test("the inputs that are kept are small, so that people can read them")
    func small() throws {
        for target in FuzzTarget.allCases {
            for (name, bytes) in try Corpus(target).files {
                #expect(bytes.count <= 2048, "Tests/Corpus/\(target.rawValue)/\(name)")
            }
        }
    }
}
