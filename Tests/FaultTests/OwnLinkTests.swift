import TestSupport
import Testing

/// When a client has a link of its own, and when it goes back to sharing.
@Suite("Faults of links of one's own")
struct OwnLinkTests {
    private static func pinned(_ site: Site) throws -> Double {
        try site.proxy.metric("freshet_links_open{kind=\"pinned\"}") ?? 0
    }

    private static func waitForPinned(_ count: Double, _ site: Site) throws {
        try waitUntil("\(count) links are pinned", withinMilliseconds: 10_000) { try pinned(site) == count }
    }

    @Test(
        "fault 221: a command that Redis refuses changes nothing, and the client goes on sharing links",
        arguments: [
            "CLIENT NOSUCH", "CLIENT NO-EVICT maybe", "CLIENT TRACKING maybe", "CLIENT CACHING YES",
            "READONLY",
            "CLIENT LIBRARY x", "AUTH nobody wrong", "SELECT 99", "HELLO 9", "SUBSCRIBE",
            "SCRIPT DEBUG maybe", "CLIENT REPLY maybe", "ASKING",
        ])
    func refused(_ line: String) throws {
        let site = try Site(.shared)
        let client = try site.client()
        #expect(try client.isServed())
        let first = try client.run(line)
        let isRefused = first.isError || line == "ASKING"
        #expect(isRefused, "\(first)")
        if first.isError { try Self.waitForPinned(0, site) }
        #expect(try client.isServed())
    }

    @Test("a client whose WATCH or SUBSCRIBE is not allowed goes on sharing links")
    func forbidden() throws {
        let site = try Site(.shared)
        try site.redis("ACL SETUSER bob on >secret ~a* &a* +@all")
        let client = try site.client()
        #expect(try client.run("AUTH bob secret") == .simple("OK"))
        #expect(try client.run("WATCH b").isError)
        #expect(try client.run("SUBSCRIBE b").isError)
        try Self.waitForPinned(0, site)
        #expect(try client.run("WATCH a") == .simple("OK"))
        try Self.waitForPinned(1, site)
        #expect(try client.run("UNWATCH") == .simple("OK"))
        try Self.waitForPinned(0, site)
    }

    @Test("of two pipelined commands that change the connection the accepted one counts")
    func oneOfTwo() throws {
        let site = try Site(.shared)
        for lines in [
            ["CLIENT NO-TOUCHED ON", "CLIENT NO-EVICT ON"], ["CLIENT NO-EVICT ON", "CLIENT CAPER x"],
        ] {
            let client = try site.client()
            try client.pipeline(lines[0], lines[1], "PING")
            #expect(try client.readFrames(3).filter { $0.reply.isError }.count == 1)
            #expect(try client.isServed())
            let list = try site.redis("CLIENT LIST").text ?? ""
            #expect(list.contains("flags=Ue "))
            try Self.waitForPinned(1, site)
            client.halfClose()
            _ = try client.readToEnd()
            try Self.waitForPinned(0, site)
        }
    }

    @Test("what a transaction queues for the connection counts when EXEC has run it")
    func inTransaction() throws {
        let site = try Site(.shared)
        let client = try site.client()
        for line in ["MULTI", "CLIENT NO-EVICT ON", "DISCARD"] { _ = try client.run(line) }
        try Self.waitForPinned(0, site)
        for line in ["MULTI", "CLIENT NO-EVICT ON", "EXEC"] { _ = try client.run(line) }
        #expect(try client.isServed())
        try Self.waitForPinned(1, site)
    }

    @Test("fault 222: CLIENT ID keeps its truth while the client shares links")
    func identity() throws {
        let site = try Site(.shared)
        let client = try site.client()
        let other = try site.client()
        let id = try #require(try client.run("CLIENT ID").integer)
        #expect(try client.run("SET a 1") == .simple("OK"))
        #expect(try client.run("SELECT 1") == .simple("OK"))
        #expect(try client.run("SET b 1") == .simple("OK"))
        #expect(try client.run("CLIENT ID") == .integer(id))
        #expect(try client.run("HELLO 3").isError == false)
        #expect(try client.run("GET b") == .bulk("1"))
        #expect(try client.run("CLIENT ID") == .integer(id))
        try client.sendCommand("BLPOP", "none", "0")
        try waitUntil("it waits", withinMilliseconds: 10_000) {
            try other.run("CLIENT UNBLOCK \(id)") == .integer(1)
        }
        #expect(try client.readFrame().reply == .null)
        #expect(try other.run("CLIENT KILL ID \(id)") == .integer(1))
        #expect(try client.readToEnd().isEmpty)
    }

    @Test("fault 222: RESET and the end of the client give the link back")
    func identityEnds() throws {
        let site = try Site(.shared)
        let client = try site.client()
        _ = try client.run("CLIENT ID")
        try Self.waitForPinned(1, site)
        #expect(try client.run("RESET") == .simple("RESET"))
        try Self.waitForPinned(0, site)
        _ = try client.run("CLIENT ID")
        client.halfClose()
        _ = try client.readToEnd()
        try Self.waitForPinned(0, site)
    }

    @Test("fault 223: SCRIPT DEBUG is Redis's to answer, and the script is debugged, not run")
    func debugging() throws {
        let site = try Site(.shared)
        let client = try site.client()
        #expect(try client.isServed())
        #expect(try client.run("SCRIPT DEBUG YES") == .simple("OK"))
        try client.send(
            RequestEncoding.command(["EVAL", "redis.call('set', 'ran', 1)\nreturn 1", "0"]))
        let stopped = try client.readFrame()
        #expect(String(decoding: stopped.bytes, as: UTF8.self).contains("Stopped at 1"))
        try client.sendCommand("continue")
        _ = try client.readToEnd()
        #expect(try site.redis("EXISTS ran") == .integer(0))
        #expect(try site.client().isServed())
    }

    @Test("a client that has ended its subscriptions shares links again")
    func unsubscribed() throws {
        let site = try Site(.shared)
        for version in ["2", "3"] {
            let client = try site.client()
            _ = try client.run("HELLO \(version)")
            try client.pipeline("SUBSCRIBE a b", "PSUBSCRIBE p*", "UNSUBSCRIBE", "PUNSUBSCRIBE p*")
            _ = try client.readFrames(6)
            try Self.waitForPinned(0, site)
            #expect(try client.isServed())
            client.halfClose()
            _ = try client.readToEnd()
        }
    }
}
