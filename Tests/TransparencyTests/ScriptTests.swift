import TestSupport
import Testing

@Suite("Commands of every family")
struct ScriptTests {
    static let scripts = ScriptLibrary.all

    @Test("are answered one by one as Redis answers them", arguments: CandidateKind.allCases, scripts)
    func oneByOne(kind: CandidateKind, script: Script) throws {
        try PairPool.shared.withPair(kind) { pair in
            let expected = try ScriptRun(script, on: pair.referenceEndpoint, server: pair.reference)
            let found = try ScriptRun(script, on: pair.candidateEndpoint, server: pair.behind)
            for (expected, found) in zip(expected.transcript, found.transcript) {
                expectEqual(found.bytes, expected.bytes, masks: script.masks, "\(script), \(expected.step)")
            }
        }
    }

    @Test("are answered as Redis answers them when pipelined", arguments: CandidateKind.allCases, scripts)
    func pipelined(kind: CandidateKind, script: Script) throws {
        guard script.isSingle else { return }
        try PairPool.shared.withPair(kind) { pair in
            let expected = try Conversation.replies(
                to: script.bytes, ending: .halfClose, from: pair.referenceEndpoint)
            let found = try Conversation.replies(
                to: script.bytes, ending: .halfClose, from: pair.candidateEndpoint)
            expectEqual(found, expected, masks: script.masks, "\(script), pipelined")
        }
    }

    @Test(
        "a thousand commands in one segment get a thousand replies in order",
        arguments: CandidateKind.allCases)
    func thousandInOneSegment(kind: CandidateKind) throws {
        try PairPool.shared.withPair(kind) { pair in
            let client = try RawClient(pair.candidateEndpoint)
            try client.send((0..<1000).flatMap { RequestEncoding.command(["ECHO", "\($0)"]) })
            let texts = try client.readFrames(1000).map { $0.reply.text }
            #expect(texts == (0..<1000).map { "\($0)" })
        }
    }
}
