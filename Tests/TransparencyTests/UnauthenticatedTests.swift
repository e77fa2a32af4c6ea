import TestSupport
import Testing

@Suite("Before AUTH, at a server with a password")
struct UnauthenticatedTests {
    static let rows = [
        WireRow("a command", "PING\r\nGET a\r\n"),
        WireRow("ten arguments", "*10\r\n" + String(repeating: "$1\r\na\r\n", count: 10)),
        WireRow("eleven arguments", "*11\r\n", .serverCloses),
        WireRow("a bulk of 16 KiB", "*1\r\n$16384\r\n" + String(repeating: "a", count: 16384) + "\r\n"),
        WireRow("a bulk of 16 KiB and a byte", "*1\r\n$16385\r\n", .serverCloses),
        WireRow("a wrong password", "AUTH wrong\r\nGET a\r\n"),
        WireRow("the right password", "AUTH secret\r\nGET a\r\nRESET\r\nGET a\r\n"),
        WireRow("HELLO without a password", "HELLO 3\r\nPING\r\n"),
        WireRow(
            "HELLO with the password", "HELLO 3 AUTH default secret\r\nGET a\r\n", masks: [.helloIdentifier]),
        WireRow("QUIT", "QUIT\r\n", .serverCloses),
        WireRow("SELECT", "SELECT 1\r\nPING\r\n"),
    ]

    @Test("the candidate refuses what Redis refuses", arguments: CandidateKind.allCases)
    func sameRefusals(kind: CandidateKind) throws {
        let pair = try Pair(kind, options: ["--requirepass", "secret"])
        for row in Self.rows {
            let expected = try Conversation.replies(
                to: row.bytes, ending: row.ending, from: pair.referenceEndpoint)
            let found = try Conversation.replies(
                to: row.bytes, ending: row.ending, from: pair.candidateEndpoint)
            expectEqual(found, expected, masks: row.masks, "\(row)")
        }
    }
}
