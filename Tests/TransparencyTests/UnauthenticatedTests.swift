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
        WireRow(
            "fault 200: more words on a line than RESP may have arguments",
            "a b c d e f g h i j k l\r\n"
                + "GET a b c d e f g h i j k\r\nPING 1 2 3 4 5 6 7 8 9 10 11\r\nPING\r\n"),
        WireRow(
            "fault 200: a word of more than 16 KiB on a line",
            "GET " + String(repeating: "a", count: 20_000) + "\r\nPING\r\n"),
        WireRow(
            "fault 200: many words on a line, pipelined behind and before RESP",
            "*1\r\n$4\r\nPING\r\nSET a b c d e f g h i j k l\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n"),
        WireRow(
            "fault 200: a line that logs in with more words than RESP may have arguments",
            "HELLO 2 AUTH default secret SETNAME a SETNAME b SETNAME c SETNAME d SETNAME e\r\nGET a\r\n",
            masks: [.helloIdentifier]),
        WireRow(
            "fault 200: a transaction of lines of many words",
            "MULTI\r\nSET a b c d e f g h i j k l\r\nEXEC\r\nWATCH a b c d e f g h i j k l\r\n"),
        WireRow(
            "fault 200: a line of many words that blocks, subscribes, watches all or leaves",
            "BLPOP a b c d e f g h i j k 0\r\nSUBSCRIBE a b c d e f g h i j k l\r\n"
                + "MONITOR b c d e f g h i j k l m\r\nCLIENT REPLY a b c d e f g h i j k l\r\n"
                + "QUIT a b c d e f g h i j k l\r\n", .serverCloses),
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
