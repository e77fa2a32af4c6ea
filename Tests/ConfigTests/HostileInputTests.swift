import Config
import Naming
import Testing

@Suite struct HostileInputTests {
    /// A generator whose runs can be repeated from the printed seed.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    private static let pieces: [[UInt8]] = [
        [0], [0xff], [0x0a], [0x0d], [0x22], [0x27], [0x5c], [0x23], Array("${".utf8), Array("}".utf8),
        Array("{".utf8), Array("**".utf8), Array("\\x4".utf8), [0xef, 0xbb, 0xbf], Array("tag ".utf8),
        Array("rule a on b ".utf8), Array("\n\n".utf8), Array("::".utf8), Array("99999999999999999999".utf8),
    ]

    private static func mutate(_ bytes: [UInt8], _ generator: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...8, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.insert(contentsOf: pieces.randomElement(using: &generator) ?? [], at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + place % 7))
            default: bytes.removeLast(min(40, bytes.count - place))
            }
        }
        return bytes
    }

    @Test("mutated configurations never crash, and every diagnostic lies inside its source")
    func mutated() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SplitMix(state: seed)
        let lines = try RepositoryFile("proxy.conf").text.split(separator: "\n").filter {
            !$0.hasPrefix("# ")
        }
        let original = Array(lines.joined(separator: "\n").utf8)
        for round in 0..<1000 {
            let outcome = Loader.load(bytes: Self.mutate(original, &generator), environment: ["HOME": "/"])
            for diagnostic in outcome.diagnostics {
                let isInside = lies(diagnostic.location, inside: outcome.sources)
                #expect(isInside, "seed \(seed) round \(round): \(diagnostic)")
            }
            let hasErrors = outcome.diagnostics.contains { $0.severity == .error }
            #expect((outcome.configuration == nil) == hasErrors, "seed \(seed) round \(round)")
            _ = outcome.rendered
        }
    }

    /// Inside, or right behind the line where something is missing.
    private func lies(_ place: Naming.SourceLocation, inside sources: Sources) -> Bool {
        guard let line = sources.line(place.line, of: place.file) else { return false }
        return place.column >= 1 && place.column <= line.count + 1 && place.length >= 0
    }

    @Test("fault 136: a line of a mebibyte is one error")
    func longLine() {
        let found = messages(of: "workers 2\ntag \(String(repeating: "a", count: 1 << 20)) t\n")
        #expect(found == ["2:1: expected a line of at most 64 KiB, found 1048582 bytes"])
    }

    @Test("fault 136: bytes that are no text are an error for each line that holds some")
    func notText() {
        let outcome = Loader.load(bytes: [0xff, 0x0a, 0x00, 0x0a] + Array("workers 2\n".utf8))
        #expect(outcome.diagnostics.map(\.location.line) == [1, 2])
    }

    @Test("fault 208: a hundred thousand errors are counted, and a hundred of them are shown")
    func manyErrors() {
        let kinds = ["nosuchdirective x", "tag {id", "workers no", "rule r on", "listen", "depend a b c"]
        let lines = (0..<100_000).map { kinds[$0 % kinds.count] }.joined(separator: "\n")
        let outcome = Loader.load(text: lines + "\n")
        #expect(outcome.configuration == nil)
        #expect(outcome.diagnostics.count >= 100_000)
        #expect(outcome.rendered.utf8.count < 64 << 10)
        #expect(outcome.rendered.contains("proxy.conf:1:1: error: unknown directive"))
        #expect(outcome.rendered.contains("\(outcome.diagnostics.count) errors. Configuration not accepted"))
    }

    @Test("fault 208: past a thousand problems nothing is looked for that may have been meant")
    func linear() {
        func hints(_ lines: Int) -> Int {
            let text = String(repeating: "worker 4\n", count: lines)
            let outcome = Loader.load(text: text)
            return outcome.diagnostics.count { $0.message.contains("did you mean 'workers'?") }
        }
        #expect(hints(10) == 10)
        #expect(hints(4000) == hints(2000))
    }
}
