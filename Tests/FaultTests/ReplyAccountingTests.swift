import TestSupport
import Testing

/// Which reply belongs to which request, when that is not simply the next one.
@Suite("Faults of reply accounting")
struct ReplyAccountingTests {
    /// Random channel traffic while refused commands are due: what comes must be every message, in order, and
    /// every refusal.
    @Test(
        "a message that comes while a refused command is due is delivered all the same",
        arguments: Mode.allCases)
    func messageBesideRefusal(_ mode: Mode) throws {
        let site = try Site(mode, "deny debug")
        let client = try site.client()
        #expect(try client.run("SUBSCRIBE news").elements?.count == 3)
        let count = 300
        let publisher = Threads()
        let endpoint = site.redis.unix
        publisher.start {
            let client = try RawClient(endpoint)
            for number in 0..<count {
                try client.send(RequestEncoding.command(["PUBLISH", "news", "\(number)"]))
            }
            _ = try client.readFrames(count)
        }
        for _ in 0..<count { try client.sendCommand("DEBUG", "SLEEP", "0") }
        var messages: [String] = []
        var refusals = 0
        for frame in try client.readFrames(2 * count) {
            if frame.reply.isError {
                refusals += 1
            } else {
                messages.append(frame.reply.elements?.last?.text ?? "")
            }
        }
        try publisher.join()
        #expect(refusals == count)
        #expect(messages == (0..<count).map { "\($0)" })
    }

    @Test(
        "a message as long as it likes, cut anywhere, comes through beside a refusal",
        arguments: Mode.allCases)
    func longMessage(_ mode: Mode) throws {
        let long = String(repeating: "m", count: 300_000)
        let site = try Site(mode, "deny debug")
        let client = try site.client()
        _ = try client.run("SUBSCRIBE news")
        try site.redis.command("PUBLISH", "news", long)
        try client.pipeline("DEBUG SLEEP 0", "PING", "DEBUG SLEEP 0")
        try site.redis.command("PUBLISH", "news", long)
        let frames = try client.readFrames(5).map(\.reply)
        let message = Reply.array([.bulk("message"), .bulk("news"), .bulk(long)])
        #expect(frames.filter { $0 == message }.count == 2)
        #expect(frames.filter(\.isError).count == 2)
        #expect(frames.contains(.array([.bulk("pong"), .bulk("")])))
    }

    @Test("a message under CLIENT REPLY OFF is delivered", arguments: Mode.allCases)
    func messageWithoutReplies(_ mode: Mode) throws {
        let site = try Site(mode)
        let client = try site.client()
        _ = try client.run("SUBSCRIBE news")
        _ = try client.run("HELLO 2")
        try site.redis("PUBLISH news hello")
        #expect(try client.readFrame().reply.elements?.last == .bulk("hello"))
    }

    @Test(
        "fault 45: a replica follows its primary through the proxy, and the ACL decides who may",
        arguments: Mode.allCases)
    func replication(_ mode: Mode) throws {
        let site = try Site(mode)
        try site.redis("SET before 1")
        let replica = try RedisServer()
        try replica.command("REPLICAOF", "127.0.0.1", "\(site.proxy.port)")
        try waitUntil("the replica to have the dump", withinMilliseconds: 30_000) {
            try replica.command("GET", "before") == .bulk("1")
        }
        #expect(try site.client().run("SET after 2") == .simple("OK"))
        try waitUntil("the replica to follow", withinMilliseconds: 30_000) {
            try replica.command("GET", "after") == .bulk("2")
        }
        try site.redis("ACL SETUSER plain on >pw ~* &* +@all -sync -psync")
        let plain = try site.client()
        #expect(try plain.run("AUTH plain pw") == .simple("OK"))
        #expect(try plain.run("PSYNC ? -1").text?.hasPrefix("NOPERM") == true)
    }

    @Test("fault 45: a denied SYNC is refused before it makes the session opaque", arguments: Mode.allCases)
    func deniedReplication(_ mode: Mode) throws {
        let site = try Site(mode, "deny sync psync replconf monitor")
        let client = try site.client()
        for line in ["SYNC", "PSYNC ? -1", "REPLCONF ACK 0", "MONITOR"] {
            #expect(try client.run(line).text?.hasPrefix("NOPERM freshet: command") == true, "\(line)")
        }
        #expect(try client.isServed())
        #expect(try (site.proxy.metric("freshet_opaque_connections_total{reason=\"command\"}") ?? 0) == 0)
    }

    @Test("fault 46: clients that block for ever hold up nobody else", arguments: Mode.allCases)
    func blocked(_ mode: Mode) throws {
        let site = try Site(mode)
        let waiting = try (0..<20).map { _ in try site.client() }
        for client in waiting { try client.sendCommand("BLPOP", "list", "0") }
        try waitUntil("twenty blocked clients") { try site.redis.info("clients", "blocked_clients") == 20 }
        for _ in 0..<20 { #expect(try site.client().isServed()) }
        try site.redis("RPUSH list " + (0..<20).map { "v\($0)" }.joined(separator: " "))
        let values = try waiting.map { try $0.readFrame().reply.elements?.last?.text ?? "" }
        #expect(values.sorted() == (0..<20).map { "v\($0)" }.sorted())
    }

    @Test("fault 47: a blocked client that goes away is blocked in Redis no longer", arguments: Mode.allCases)
    func blockedAndGone(_ mode: Mode) throws {
        let site = try Site(mode)
        var client: RawClient?
        for names in [1, 10_000] {
            client = try site.client()
            let keys = ["list"] + (1..<names).map { "list-\($0)" }
            try client?.send(RequestEncoding.command(["BLPOP"] + keys + ["0"]))
            try waitUntil("a blocked client") { try site.redis.info("clients", "blocked_clients") == 1 }
            client = nil
            try waitUntil("nobody to be blocked") { try site.redis.info("clients", "blocked_clients") == 0 }
        }
        try site.redis("RPUSH list value")
        #expect(try site.redis("LLEN list") == .integer(1))
    }

    @Test(
        "fault 51: a write whose reply never came counts as done, and the audit says that it is not known",
        arguments: Mode.allCases)
    func lostReply(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}")
        let client = try site.client()
        #expect(try client.isServed())
        site.redis.pause()
        try client.sendCommand("SET", "item:1", "new")
        try waitUntil("the write to be on its way") {
            try site.proxy.metric("freshet_commands_total{command=\"set\",class=\"known\"}") == 1
        }
        try site.redis.kill()
        #expect(try client.readToEnd() == [])
        try site.redis.start()
        try site.waitForAudit("\"kind\":\"cascade\"", "\"outcome\":\"unknown\"", "item:1")
        try site.waitForAudit("\"outcome\":\"done\"", "copy:1")
        try site.waitForMetric("freshet_mutations_total{outcome=\"unknown\"}", 1)
    }

    @Test("fault 53: commands that only ask are passed on", arguments: Mode.allCases)
    func asking(_ mode: Mode) throws {
        let site = try Site(mode)
        let client = try site.client()
        _ = try client.run("SET a 1")
        #expect(try client.run("WAIT 0 10") == .integer(0))
        #expect(try client.run("OBJECT ENCODING a") == .bulk("int"))
        #expect(try client.run("LATENCY LATEST") == .array([]))
        #expect(try client.run("LATENCY RESET") == .integer(0))
        #expect(try client.run("WAIT x y").isError)
        #expect(try client.isServed())
    }

    @Test(
        "fault 54: an id given by CLIENT ID is Redis's own, so that invalidations can be redirected to it",
        arguments: Mode.allCases)
    func redirection(_ mode: Mode) throws {
        let site = try Site(mode)
        let listener = try site.client()
        let identifier = try #require(try listener.run("CLIENT ID").integer)
        _ = try listener.run("SUBSCRIBE __redis__:invalidate")
        let reader = try site.client()
        #expect(try reader.run("CLIENT TRACKING ON REDIRECT \(identifier) OPTIN") == .simple("OK"))
        #expect(try reader.run("CLIENT CACHING YES") == .simple("OK"))
        #expect(try reader.run("GET key") == .null)
        #expect(try reader.run("CLIENT GETREDIR") == .integer(identifier))
        #expect(try site.client().run("SET key 1") == .simple("OK"))
        let message = try listener.readFrame().reply
        #expect(message == .array([.bulk("message"), .bulk("__redis__:invalidate"), .array([.bulk("key")])]))
    }
}
