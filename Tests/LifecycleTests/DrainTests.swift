import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Drain")
struct DrainTests {
    private static func proxy(_ redis: RedisServer, _ configuration: String = "") throws -> FreshetProcess {
        try FreshetProcess(
            upstream: redis.unix, configuration: "workers 2\nlog-format text\n" + configuration)
    }

    @Test("fault 126: SIGTERM makes it unready first, then it stops accepting, answers, and exits with 0")
    func orderly() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis, "drain-delay 1s")
        let busy = try RawClient(proxy.tcp)
        let idle = try RawClient(proxy.tcp)
        let subscribed = try RawClient(proxy.tcp)
        #expect(try idle.command("PING") == .simple("PONG"))
        _ = try subscribed.command("SUBSCRIBE", "news")
        proxy.signal(SIGTERM)
        try waitUntil("503") { try AdminHTTP.get("/readyz", from: proxy.admin).status == 503 }
        let late = try RawClient(proxy.tcp)
        #expect(try late.command("PING") == .simple("PONG"), "it still accepts during drain-delay")
        try busy.sendCommand("DEBUG", "SLEEP", "2")
        try waitUntil("the listeners to close") { (try? RawClient(proxy.tcp)) == nil }
        #expect(try idle.readToEnd().isEmpty)
        #expect(try subscribed.readToEnd().isEmpty)
        #expect(try busy.readFrame().reply == .simple("OK"))
        #expect(try proxy.waitForExit(withinMilliseconds: 20_000) == .code(0))
    }

    @Test("fault 126: every request that has come is answered, however many")
    func pipelined() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis)
        let clients = try (0..<8).map { _ in try RawClient(proxy.tcp) }
        let requests = String(repeating: "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n", count: 5000)
        for client in clients { try client.send(requests) }
        for client in clients { #expect(try client.readFrame().reply.integer != nil) }
        proxy.signal(SIGTERM)
        for client in clients { #expect(try client.readFrames(4999).count == 4999) }
        #expect(try proxy.waitForExit(withinMilliseconds: 20_000) == .code(0))
        #expect(try redis.command("GET", "n") == .bulk("40000"))
    }

    @Test("fault 126: an open transaction may come to its end")
    func transaction() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis)
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("MULTI") == .simple("OK"))
        proxy.signal(SIGTERM)
        try waitUntil("the listeners to close") { (try? RawClient(proxy.tcp)) == nil }
        #expect(try client.command("SET", "k", "v") == .simple("QUEUED"))
        #expect(try client.command("EXEC") == .array([.simple("OK")]))
        #expect(try client.readToEnd().isEmpty)
        #expect(try proxy.waitForExit(withinMilliseconds: 20_000) == .code(0))
    }

    @Test("fault 126: after drain-timeout what is left is closed")
    func deadline() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis, "drain-timeout 200ms")
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("MULTI") == .simple("OK"))
        proxy.signal(SIGINT)
        #expect(try proxy.waitForExit(withinMilliseconds: 20_000) == .code(0))
        #expect(proxy.log.contains("drain-timeout has passed"))
        #expect(try client.readToEnd().isEmpty)
    }

    @Test(
        "fault 126: what a write owes is done before the end, though its client is gone",
        arguments: [1, 100_000])
    func cascades(inlineKeys: Int) throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(
            redis,
            "cascade after-reply\ncascade-max-keys \(inlineKeys)\ncascade-step-keys 1\n"
                + "depend page:{id} on layout")
        func write() throws {
            let client = try RawClient(proxy.tcp)
            for page in 0..<3000 { try client.sendCommand("SET", "page:\(page)", "x") }
            _ = try client.readFrames(3000)
            #expect(try client.command("SET", "layout", "new") == .simple("OK"))
        }
        try write()
        proxy.signal(SIGTERM)
        #expect(try proxy.waitForExit(withinMilliseconds: 30_000) == .code(0))
        let left = try redis.command("EVAL", "return #redis.call('KEYS', 'page:*')", "0")
        #expect(left == .integer(0))
    }

    @Test("fault 127: a second SIGTERM stops at once, and the audit is whole")
    func impatient() throws {
        let redis = try RedisServer()
        let directory = try TemporaryDirectory()
        let audit = directory.path + "/audit.jsonl"
        let proxy = try Self.proxy(redis, "drain-timeout 1h\naudit-file \(audit)")
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("MULTI") == .simple("OK"))
        proxy.signal(SIGTERM)
        try waitUntil("the drain") { proxy.log.contains("draining") }
        proxy.signal(SIGTERM)
        #expect(try proxy.waitForExit(withinMilliseconds: 20_000) == .code(0))
        #expect(try FileSystem.readText(audit).contains("freshet stopped"))
        #expect(try FreshetProcess.run(["audit", "verify", audit]).exit == .code(0))
    }
}
