import TestSupport
import Testing

/// A client that does not read takes the link that it shares with others: what they asked for on it before is
/// answered all the same, and nothing of theirs is asked after it.
@Suite("Faults of links that a slow client took")
struct SlowClientTests {
    private static let index = """
        EVAL "for i = 1, 1000 do redis.call('SADD', 'freshet:dep:user:' .. i, 'page:' .. i .. ':a') end" 0
        """
    private static let size = 1 << 20

    /// What the slow client does while the reply to the other's RANDOMKEY is on its way.
    enum Meanwhile: String, CaseIterable, Sendable {
        case select = "SELECT 5"
        case transaction = "MULTI"
    }

    /// A proxy with one link, and a Redis whose keys are the index's but for one large value.
    private func site(_ configuration: String) throws -> Site {
        let site = try Site(.shared, "links-per-group 1\ndepend page:{id}:{x} on user:{id}\n" + configuration)
        try site.redis("SELECT 5")
        try site.redis("SET of-another-database x")
        try site.redis("SELECT 0")
        try site.redis("SET big \(String(repeating: "v", count: Self.size))")
        return site
    }

    /// Has two clients ask on the same link, the slow one first, for more than it will read: Redis stands
    /// still until all of it has been passed on.
    private func ask(_ site: Site, slow: RawClient, _ command: String, by other: RawClient) throws {
        #expect(try slow.isServed() && other.isServed())
        site.redis.pause()
        for _ in 0..<10 { try slow.sendCommand("GET", "big") }
        try site.waitForMetric("freshet_commands_total{command=\"get\",class=\"known\"}", 10)
        try other.sendCommand(command)
        let name = command.lowercased()
        try site.waitForMetric("freshet_commands_total{command=\"\(name)\",class=\"known\"}", 1)
    }

    private func readValues(_ count: Int, _ client: RawClient) throws {
        for _ in 0..<count {
            #expect(try client.readBytes(10) == Array("$\(Self.size)\r\n".utf8))
            #expect(try client.readBytes(Self.size + 2).count == Self.size + 2)
        }
    }

    @Test(
        "a RANDOMKEY that has to be asked again is asked as the client who gave it",
        arguments: Meanwhile.allCases)
    func randomKeyOfItsOwn(_ meanwhile: Meanwhile) throws {
        let site = try site("shared-stall-timeout 60s")
        try site.redis(Self.index)
        let (slow, other) = (try site.client(), try site.client())
        try ask(site, slow: slow, "RANDOMKEY", by: other)
        try slow.pipeline(meanwhile.rawValue, "ECHO end")
        site.redis.resume()
        try readValues(10, slow)
        #expect(try slow.readFrame().reply == .simple("OK"))
        #expect(try slow.readFrame().reply == (meanwhile == .select ? .bulk("end") : .simple("QUEUED")))
        let key = try other.readFrame().reply
        #expect(key == .null || key == .bulk("big"))
        #expect(try other.isServed())
        if meanwhile == .transaction {
            #expect(try slow.run("EXEC") == .array([.bulk("end")]))
        }
    }

    @Test("a RANDOMKEY that has to be asked again does not wait for what a slow client asked since")
    func randomKeyInTime() throws {
        let site = try site("")
        try site.redis(Self.index)
        let (slow, other) = (try site.client(), try site.client())
        try ask(site, slow: slow, "RANDOMKEY", by: other)
        for _ in 0..<30 { try slow.sendCommand("GET", "big") }
        try site.waitForMetric("freshet_commands_total{command=\"get\",class=\"known\"}", 40)
        site.redis.resume()
        let key = try other.readFrame().reply
        #expect(key == .null || key == .bulk("big"))
        #expect(try other.isServed())
        try readValues(40, slow)
    }

    @Test("who leaves a link that it took, blocked, leaves nothing blocked in Redis")
    func closesWhileBlocked() throws {
        let site = try site("shared-stall-timeout 60s")
        let other = try site.client()
        var slow: RawClient? = try site.client()
        try blockOnTakenLink(site, try #require(slow), other)
        slow = nil
        #expect(try other.readFrame().reply == .simple("PONG"))
        try waitUntil("nobody to be blocked", withinMilliseconds: 20_000) {
            try site.redis.info("clients", "blocked_clients") == 0
        }
        try site.redis("RPUSH jobs job")
        #expect(try site.redis("LLEN jobs") == .integer(1))
        #expect(try other.isServed())
    }

    @Test("who says no more on a link that it took, blocked, ends it for nobody else")
    func halfClosesWhileBlocked() throws {
        let site = try site("shared-stall-timeout 1s")
        let (slow, other) = (try site.client(), try site.client())
        try blockOnTakenLink(site, slow, other)
        slow.halfClose()
        #expect(try other.readFrame().reply == .simple("PONG"))
        #expect(try other.isServed())
        try waitUntil("nobody to be blocked", withinMilliseconds: 20_000) {
            try site.redis.info("clients", "blocked_clients") == 0
        }
        #expect(try withExtendedLifetime(slow) { try other.isServed() })
    }

    /// Leaves the other's reply unread on the link behind the slow client's, and the slow client in a BLPOP.
    private func blockOnTakenLink(_ site: Site, _ slow: RawClient, _ other: RawClient) throws {
        try ask(site, slow: slow, "PING", by: other)
        site.redis.resume()
        try site.waitForMetric("freshet_limits_hit_total{limit=\"client-output-limit\"}", 1)
        try slow.pipeline("BLPOP jobs 0")
        // It may also be kept until the link is the client's alone.
        _ = try? waitUntil("the client to be blocked", withinMilliseconds: 500) {
            try site.redis.info("clients", "blocked_clients") == 1
        }
    }

    @Test("what comes after a reply larger than client-output-limit arrives, asked for in any way")
    func heldBehindPausedLink() throws {
        let site = try Site(.dedicated, "client-output-limit 4kb\ndepend page:{id} on user:{id}")
        let client = try site.client()
        let (first, second) = (String(repeating: "m", count: 6000), String(repeating: "v", count: 200_000))
        try site.redis("SET middling \(first)")
        for _ in 0..<10 {
            try site.redis("SET user:1 \(second)")
            try client.pipeline("GET middling", "GETSET user:1 new", "PING")
            #expect(try client.readFrame().reply == .bulk(first))
            #expect(try client.readFrame().reply == .bulk(second))
            #expect(try client.readFrame().reply == .simple("PONG"))
        }
    }
}
