import TestSupport
import Testing

@Suite("Replies without an end")
struct EndlessReplyTests {
    @Test("MONITOR answers +OK, then shows what others do", arguments: CandidateKind.allCases)
    func monitor(kind: CandidateKind) throws {
        try PairPool.shared.withPair(kind) { pair in
            let watching = try RawClient(pair.candidateEndpoint)
            #expect(try watching.command("MONITOR") == .simple("OK"))
            let acting = try RawClient(pair.candidateEndpoint)
            #expect(try acting.command("ECHO", "marker") == .bulk("marker"))
            let line = try Self.line(with: "marker", from: watching)
            #expect(line.hasSuffix("\"ECHO\" \"marker\""))
        }
    }

    @Test(
        "a command of a monitoring client is answered before its own line", arguments: CandidateKind.allCases)
    func pingWhileMonitoring(kind: CandidateKind) throws {
        try PairPool.shared.withPair(kind) { pair in
            let client = try RawClient(pair.candidateEndpoint)
            #expect(try client.command("MONITOR") == .simple("OK"))
            try client.sendCommand("PING", "marker")
            var texts: [String] = []
            try waitUntil("the monitor line") {
                texts.append(try client.readFrame().reply.text ?? "")
                return texts.last?.hasSuffix("\"PING\" \"marker\"") == true
            }
            #expect(texts.dropLast().contains("marker"))
        }
    }

    @Test("SYNC passes a whole dump whose end has no CRLF", arguments: CandidateKind.allCases)
    func sync(kind: CandidateKind) throws {
        try PairPool.shared.withPair(kind) { pair in
            let client = try RawClient(pair.candidateEndpoint)
            try client.send("SYNC\r\n")
            var header: [UInt8] = []
            while header.last != UInt8(ascii: "\n") || header.first == UInt8(ascii: "\n") {
                if header == [10] { header = [] }
                header += try client.readBytes(1)
            }
            let length = try #require(Int(String(decoding: header.dropFirst().dropLast(2), as: UTF8.self)))
            let dump = try client.readBytes(length)
            #expect(dump.count == length)
            #expect(dump.starts(with: Array("REDIS".utf8)))
        }
    }

    private static func line(with marker: String, from client: RawClient) throws -> String {
        var line = ""
        try waitUntil("a line with \(marker)") {
            line = try client.readFrame().reply.text ?? ""
            return line.contains(marker)
        }
        return line
    }
}
