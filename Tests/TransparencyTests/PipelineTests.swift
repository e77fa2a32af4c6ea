import TestSupport
import Testing

@Suite("Random pipelines, valid and broken")
struct PipelineTests {
    /// `FRESHET_PIPELINES` asks for more than the default, which takes about a second.
    private static let count = ProcessEnvironment["FRESHET_PIPELINES"].flatMap(Int.init) ?? 150

    @Test("get from the candidate, cut anywhere, what they get from Redis", arguments: CandidateKind.allCases)
    func sameReplies(kind: CandidateKind) throws {
        let seed = Seed.ofThisRun()
        try PairPool.shared.withPair(kind) { pair in
            for number in 0..<Self.count {
                var generator = PipelineGenerator(seed.derived(number))
                let bytes = generator.pipeline()
                let cuts = generator.cuts(of: bytes.count)
                try pair.reset()
                guard
                    try compare(
                        bytes, cuts: cuts, until: generator.marker, on: pair, "\(seed), pipeline \(number)")
                else { return }
            }
        }
    }

    private func compare(_ bytes: [UInt8], cuts: [Int], until marker: [UInt8]?, on pair: Pair, _ what: String)
        throws -> Bool
    {
        let masks: [Mask] = [.helloIdentifier]
        let expected = masks.applied(
            to: try Conversation.replies(
                to: bytes, until: marker, ending: .halfClose, from: pair.referenceEndpoint))
        let found = masks.applied(
            to: try Conversation.replies(
                to: bytes, cuts: cuts, until: marker, ending: .halfClose, from: pair.candidateEndpoint))
        if found == expected { return true }
        let difference = zip(found, expected).prefix { $0 == $1 }.count
        Issue.record(
            """
            \(what), cut at \(cuts): the replies differ at byte \(difference).
            sent: \(describe(bytes, limit: 2000))
            Redis: \(describe(Array(expected[max(0, difference - 40)...]), limit: 200))
            candidate: \(describe(Array(found[max(0, difference - 40)...]), limit: 200))
            """)
        return false
    }
}
