import TestSupport

/// What Redis 7.0.15 does with bytes that are odd, wrong or hostile. "Stays open" shows by the PING that
/// follows.
enum WireTable {
    static let rows = inline + multibulk + bulks + crossProtocol + state

    private static let ping = "PING\r\n"

    static let inline: [WireRow] = [
        WireRow("an empty line", "\r\n" + ping),
        WireRow("empty lines that end in LF", "\n\n\n" + ping),
        WireRow("an inline command that LF alone ends", "PING\n"),
        WireRow("an inline command within blanks", " \t PING\r\n"),
        WireRow("CR as a separator within a line", "PING\rPING\r\n"),
        WireRow("unbalanced double quotes", "GET \"foo\r\n", .serverCloses),
        WireRow("unbalanced single quotes", "GET 'foo\r\n", .serverCloses),
        WireRow("text behind a closing quote", "ECHO \"foo\"bar\r\n", .serverCloses),
        WireRow("quotes and escapes", "SET \"a\\x41\\n\" 'b\\'c'\r\nGET \"a\\x41\\n\"\r\n"),
        WireRow("an escape that is none", "ECHO \"\\xzz\\q\"\r\n"),
        WireRow("an empty quoted argument", "ECHO \"\"\r\n"),
        WireRow("only quotes", "\"\"\r\n"),
        WireRow("64 KiB without a newline", String(repeating: "a", count: 70_000), .serverCloses),
        WireRow("a RESP3 map as a request", "%1\r\n+a\r\n"),
        WireRow("a RESP3 push as a request", ">1\r\n+a\r\n"),
        WireRow("bytes that are no text", bytes: [0xff, 0xfe, 0x80, 13, 10]),
    ]

    static let multibulk: [WireRow] = [
        WireRow("an array of none", "*0\r\n" + ping),
        WireRow("an array of minus ten", "*-10\r\n" + ping),
        WireRow("an array of letters", "*abc\r\n", .serverCloses),
        WireRow("an array length without digits", "*\r\n", .serverCloses),
        WireRow("an array length with a leading zero", "*01\r\n", .serverCloses),
        WireRow("an array length with a plus sign", "*+1\r\n", .serverCloses),
        WireRow("an array length behind a blank", "* 1\r\n", .serverCloses),
        WireRow("an array length beyond 31 bits", "*2147483648\r\n", .serverCloses),
        WireRow("an array length beyond 64 bits", "*99999999999999999999\r\n", .serverCloses),
        WireRow("an array length of 64 KiB", "*" + String(repeating: "1", count: 70_000), .serverCloses),
        WireRow("half a frame, then the end", "*2\r\n$3\r\nGET\r\n$3\r\nfo"),
        WireRow("half a header, then the end", "*2\r\n$3"),
        WireRow("an array whose second byte is LF", "*1\n$4\r\nPING\r\n"),
    ]

    static let bulks: [WireRow] = [
        WireRow("a bulk header that LF ends waits for its CR", "*1\r\n$4\nPING\n"),
        WireRow("headers that LF ends wait for their CR", "*1\n$4\nPING\n"),
        WireRow("a bulk of minus one", "*1\r\n$-1\r\n", .serverCloses),
        WireRow("a bulk of minus zero", "*1\r\n$-0\r\n", .serverCloses),
        WireRow("a bulk of letters", "*1\r\n$abc\r\n", .serverCloses),
        WireRow("a bulk length without digits", "*1\r\n$\r\n", .serverCloses),
        WireRow("a bulk length beyond proto-max-bulk-len", "*1\r\n$536870913\r\n", .serverCloses),
        WireRow("a bulk length with a leading zero", "*1\r\n$04\r\nPING\r\n", .serverCloses),
        WireRow("an integer where a bulk belongs", "*1\r\n:1\r\n", .serverCloses),
        WireRow("a letter where a bulk belongs", "*2\r\n$4\r\nECHO\r\nhello\r\n", .serverCloses),
        WireRow(
            "a byte beyond ASCII where a bulk belongs", bytes: [42, 49, 13, 10, 0xff, 13, 10], .serverCloses),
        WireRow("two wrong bytes behind a bulk", "*1\r\n$4\r\nPINGxx" + ping),
        WireRow("two wrong bytes behind the last of two bulks", "*2\r\n$4\r\nECHO\r\n$2\r\nhixx" + ping),
        WireRow("two wrong bytes behind the first of two bulks", "*2\r\n$4\r\nECHOxx$2\r\nhi\r\n" + ping),
        WireRow("an empty command name", "*1\r\n$0\r\n\r\n" + ping),
        WireRow("a bulk length of 64 KiB", "*1\r\n$" + String(repeating: "1", count: 70_000), .serverCloses),
        WireRow("a good command before a bad one", "PING\r\n*1\r\n$-1\r\nPING\r\n", .serverCloses),
        WireRow("a bulk with NUL, CR and LF", "*2\r\n$4\r\nECHO\r\n$4\r\n\0\r\n\0\r\n"),
    ]

    static let crossProtocol: [WireRow] = [
        WireRow("POST", "POST / HTTP/1.1\r\nHost: x\r\n\r\n", .serverCloses),
        WireRow("post in small letters", "post / HTTP/1.1\r\n", .serverCloses),
        WireRow("Host:", "Host: x\r\n", .serverCloses),
        WireRow("hOST: as a bulk", "*1\r\n$5\r\nhOST:\r\n", .serverCloses),
        WireRow("POST as a bulk", "*2\r\n$4\r\nPOST\r\n$1\r\n/\r\n", .serverCloses),
        WireRow("GET of HTTP", "GET / HTTP/1.1\r\n\r\n" + ping),
        WireRow("a TLS handshake", bytes: [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 13, 10]),
        WireRow("a PROXY header", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + ping),
    ]

    static let state: [WireRow] = [
        WireRow("CLIENT REPLY OFF", "CLIENT REPLY OFF\r\nPING\r\nCLIENT REPLY ON\r\nPING\r\n"),
        WireRow("CLIENT REPLY SKIP", "CLIENT REPLY SKIP\r\nPING\r\nECHO a\r\n"),
        WireRow("CLIENT REPLY SKIP twice", "CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING\r\nECHO a\r\n"),
        WireRow("CLIENT REPLY with a bad word", "CLIENT REPLY MAYBE\r\nPING\r\n"),
        WireRow("SKIP before SUBSCRIBE", "CLIENT REPLY SKIP\r\nSUBSCRIBE a\r\nPING\r\n"),
        WireRow("SKIP before a transaction", "CLIENT REPLY SKIP\r\nMULTI\r\nPING\r\nEXEC\r\n"),
        WireRow("SKIP before an unknown command", "CLIENT REPLY SKIP\r\nNOSUCH\r\nPING\r\n"),
        WireRow("a protocol error under REPLY OFF", "CLIENT REPLY OFF\r\n*abc\r\nPING\r\n"),
        WireRow("REPLY OFF within a transaction", "MULTI\r\nCLIENT REPLY OFF\r\nPING\r\nEXEC\r\nPING\r\n"),
        WireRow(
            "RESP2 subscribed", "SUBSCRIBE a b\r\nGET x\r\nPING\r\nPING hi\r\nUNSUBSCRIBE b a\r\nPING\r\n"),
        WireRow("UNSUBSCRIBE from nothing", "UNSUBSCRIBE\r\nPUNSUBSCRIBE\r\nSUNSUBSCRIBE\r\nPING\r\n"),
        WireRow(
            "RESP3 subscribed",
            "HELLO 3\r\nSUBSCRIBE a b\r\nPING\r\nGET x\r\nUNSUBSCRIBE b a\r\nUNSUBSCRIBE\r\n",
            masks: [.helloIdentifier]),
        WireRow(
            "tracking one's own key", "HELLO 3\r\nCLIENT TRACKING ON\r\nGET k\r\nSET k 1\r\nPING\r\n",
            masks: [.helloIdentifier]),
        WireRow("QUIT, then PING", "QUIT\r\nPING\r\n", .serverCloses),
        WireRow("QUIT with arguments", "QUIT a b\r\nPING\r\n", .serverCloses),
        WireRow("two PINGs and the end", "PING\r\nPING\r\n"),
        WireRow(
            "an error with a line break",
            "EVAL \"return redis.error_reply('X a\\r\\n+INJECTED')\" 0\r\nPING\r\n"),
        WireRow("MONITOR in a transaction", "MULTI\r\nMONITOR\r\nEXEC\r\nPING\r\n"),
        WireRow("HELLO 4", "HELLO 4\r\nPING\r\n"),
        WireRow(
            "a change of protocol and back", "HELLO 3\r\nHGETALL x\r\nHELLO 2\r\nHGETALL x\r\n",
            masks: [.helloIdentifier]),
    ]
}
