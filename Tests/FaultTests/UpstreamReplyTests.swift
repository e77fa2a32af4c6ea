import Synchronization
import TestSupport
import Testing

/// Replies that no Redis would send, or not at that moment.
@Suite("Faults in replies")
struct UpstreamReplyTests {
    private func proxy(
        _ mode: Mode, _ upstream: ScriptedUpstream, _ configuration: String = ""
    ) throws -> FreshetProcess {
        try FreshetProcess(
            upstream: upstream.endpoint, configuration: "connections \(mode.rawValue)\n" + configuration,
            until: .listening)
    }

    /// Sends commands until the proxy has connected, so that no test waits for its first link.
    private func connected(_ proxy: FreshetProcess) throws -> RawClient {
        let client = try RawClient(proxy.unix)
        #expect(try client.isServed())
        return client
    }

    @Test(
        "fault 25: a reply nested deeper than the limit ends the link, at the limit it passes",
        arguments: Mode.allCases)
    func nesting(_ mode: Mode) throws {
        let upstream = try ScriptedUpstream { arguments in
            guard arguments.first == "NEST", let depth = Int(arguments[1]) else { return nil }
            return String(repeating: "*1\r\n", count: depth) + ":1\r\n"
        }
        let proxy = try proxy(mode, upstream, "max-reply-depth 64")
        let client = try connected(proxy)
        try client.sendCommand("NEST", "64")
        #expect(try client.readBytes(64 * 4 + 4).count == 64 * 4 + 4)
        try client.sendCommand("NEST", "10000")
        // What had come before the limit may have been passed on; the reply is never completed.
        let rest = try client.readToEnd()
        #expect(rest.count < 10_000 * 4)
        #expect(try RawClient(proxy.unix).isServed())
    }

    @Test(
        "fault 26: an announced array of four billion elements is followed and holds nothing",
        arguments: Mode.allCases)
    func announcedElements(_ mode: Mode) throws {
        let upstream = try ScriptedUpstream { arguments in
            arguments.first == "MANY" ? "*4294967295\r\n" + String(repeating: ":1\r\n", count: 1000) : nil
        }
        let proxy = try proxy(mode, upstream)
        let client = try connected(proxy)
        let before = try MemoryUse.fromNow(proxy).resident
        try client.sendCommand("MANY", "x")
        let expected = "*4294967295\r\n" + String(repeating: ":1\r\n", count: 1000)
        #expect(try client.readBytes(expected.utf8.count) == Array(expected.utf8))
        #expect(try MemoryUse(of: proxy).peak - before < 4 << 20)
    }

    @Test("fault 42: pushes before, between and after replies stay where they are", arguments: Mode.allCases)
    func pushes(_ mode: Mode) throws {
        let site = try Site(mode)
        let client = try site.client()
        try client.pipeline(
            "HELLO 3", "CLIENT TRACKING ON", "GET a", "SET a 1", "GET a", "PING", "SET a 2", "PING")
        let frames = try client.readFrames(10).map(\.reply)
        let invalidation = Reply.push([.bulk("invalidate"), .array([.bulk("a")])])
        #expect(frames[1] == .simple("OK") && frames[2] == .null)
        #expect(frames[3] == .simple("OK") && frames[4] == invalidation)
        #expect(
            Array(frames[5...]) == [
                .bulk("1"), .simple("PONG"), .simple("OK"), invalidation, .simple("PONG"),
            ])
    }

    @Test("fault 43: an attribute belongs to what follows it, a reply or a push", arguments: Mode.allCases)
    func attributes(_ mode: Mode) throws {
        let attribute = "|1\r\n+key\r\n*2\r\n:7\r\n$2\r\nab\r\n"
        let upstream = try ScriptedUpstream { arguments in
            switch arguments.first {
            case "REPLY": attribute + "+after\r\n"
            case "PUSH": attribute + ">2\r\n+what\r\n+ever\r\n+late\r\n"
            default: nil
            }
        }
        let proxy = try proxy(mode, upstream)
        let client = try connected(proxy)
        _ = try client.run("HELLO 3")
        _ = try client.run("CLIENT TRACKING ON")
        try client.pipeline("REPLY", "PUSH", "PING")
        let expected = attribute + "+after\r\n" + attribute + ">2\r\n+what\r\n+ever\r\n+late\r\n+PONG\r\n"
        #expect(try client.readBytes(expected.utf8.count) == Array(expected.utf8))
        #expect(try client.isServed())
    }

    @Test("fault 56: an error without a space is an error like any other", arguments: Mode.allCases)
    func bareError(_ mode: Mode) throws {
        let upstream = try ScriptedUpstream { $0.first == "ODD" ? "-10001\r\n" : nil }
        let proxy = try proxy(mode, upstream)
        let client = try connected(proxy)
        try client.pipeline("ODD", "PING", "ODD", "ECHO x")
        let expected = "-10001\r\n+PONG\r\n-10001\r\n$1\r\nx\r\n"
        #expect(try client.readBytes(expected.utf8.count) == Array(expected.utf8))
    }

    @Test(
        "fault 57: a reply that nobody waits for ends its link and is counted; nobody gets it",
        arguments: Mode.allCases)
    func unsolicited(_ mode: Mode) throws {
        let upstream = try ScriptedUpstream { $0.first == "TWICE" ? "+first\r\n+second\r\n" : nil }
        let proxy = try proxy(mode, upstream)
        let client = try connected(proxy)
        try client.sendCommand("TWICE")
        #expect(try client.readFrame().reply == .simple("first"))
        for _ in 0..<10 {
            let other = try RawClient(proxy.unix)
            #expect(try other.run("ECHO mine") == .bulk("mine"))
        }
        try waitUntil("the desync to be counted") {
            try proxy.metric("freshet_upstream_errors_total{code=\"desync\"}") == 1
        }
        #expect(proxy.log.contains("a reply that nobody waits for"))
        #expect(!proxy.log.contains("second"))
    }

    @Test("bytes that are no RESP end the link and who waits on it", arguments: Mode.allCases)
    func garbage(_ mode: Mode) throws {
        let upstream = try ScriptedUpstream { $0.first == "ODD" ? "HTTP/1.1 200 OK\r\n\r\n" : nil }
        let proxy = try proxy(mode, upstream)
        let client = try connected(proxy)
        try client.sendCommand("ODD")
        #expect(try client.readToEnd() == [])
        #expect(try RawClient(proxy.unix).isServed())
    }
}
