import TestSupport
import Testing

/// Sessions that had to wait because of a limit must go on when the kernel takes everything at once as well.
@Suite("Backpressure")
struct BackpressureTests {
    private static let modes = ["shared", "dedicated"]

    @Test("requests beyond client-pipeline-limit are sent when those before them are", arguments: modes)
    func pipelineLimit(_ mode: String) throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.tcp, configuration: "connections \(mode)\nclient-pipeline-limit 1kb")
        let client = try RawClient(proxy.tcp)
        let value = String(repeating: "v", count: 400)
        for _ in 0..<3 {
            try client.send((0..<200).flatMap { RequestEncoding.command(["ECHO", "\($0) \(value)"]) })
            for (number, frame) in try client.readFrames(200).enumerated() {
                #expect(frame.reply == .bulk("\(number) \(value)"))
            }
        }
    }

    @Test("a link that was not read for one client's sake is read for the next", arguments: modes)
    func pausedLinkIsReused(_ mode: String) throws {
        let redis = try RedisServer()
        let value = String(repeating: "v", count: 30_000)
        try redis.command("SET", "large", value)
        let proxy = try FreshetProcess(
            upstream: redis.tcp, configuration: "connections \(mode)\nclient-output-limit 1kb")
        for _ in 0..<4 {
            let client = try RawClient(proxy.tcp)
            #expect(try client.command("MULTI") == .simple("OK"))
            #expect(try client.command("GET", "large") == .simple("QUEUED"))
            #expect(try client.command("EXEC") == .array([.bulk(value)]))
            #expect(try client.command("PING") == .simple("PONG"))
        }
    }

    @Test("a large reply comes whole although a later request waits for it", arguments: modes)
    func replyBeforeWaitingRequest(_ mode: String) throws {
        let redis = try RedisServer()
        let value = String(repeating: "v", count: 400_000)
        try redis.command("SET", "large", value)
        let proxy = try FreshetProcess(
            upstream: redis.tcp, configuration: "connections \(mode)\nclient-output-limit 1kb")
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("CLIENT", "ID").integer != nil)
        for _ in 0..<20 {
            try client.send(
                RequestEncoding.command(["GET", "large"]) + RequestEncoding.command(["SELECT", "1"])
                    + RequestEncoding.command(["SELECT", "0"]))
            #expect(try client.readFrame().reply == .bulk(value))
            #expect(try client.readFrames(2).allSatisfy { $0.reply == .simple("OK") })
        }
    }

    @Test("a link whose end was passed on to Redis serves nobody else", arguments: modes)
    func endedLinkIsNotReused(_ mode: String) throws {
        let redis = try RedisServer()
        let line = try FaultProxy(to: redis.tcp)
        let proxy = try FreshetProcess(
            upstream: line.endpoint, configuration: "connections \(mode)\nlinks-per-group 1")
        #expect(try RawClient(proxy.tcp).command("PING") == .simple("PONG"))
        let client = try RawClient(proxy.tcp)
        let before = Set(line.connections.map(\.identifier))
        try client.sendCommand("BLPOP", "list", "0")
        try waitUntil("a blocked client") { try redis.info("clients", "blocked_clients") == 1 }
        for connection in line.connections where !before.contains(connection.identifier) {
            line.stall(.toServer, of: connection.identifier)
        }
        client.halfClose()
        // Long enough, as a rule, for the proxy to pass the end on; Redis does not hear of it.
        pause(milliseconds: 50)
        try redis.command("RPUSH", "list", "x")
        #expect(try client.readFrame().reply == .array([.bulk("list"), .bulk("x")]))
        #expect(try client.readToEnd().isEmpty)
        let next = try RawClient(proxy.tcp)
        for _ in 0..<4 {
            #expect(try next.command("PING") == .simple("PONG"))
            #expect(try next.command("MULTI") == .simple("OK"))
            #expect(try next.command("EXEC") == .array([]))
        }
    }

    @Test("a large reply that is held until its end comes whole", arguments: modes)
    func heldReply(_ mode: String) throws {
        let redis = try RedisServer()
        let value = String(repeating: "v", count: 400_000)
        try redis.command("SET", "large", value)
        let proxy = try FreshetProcess(
            upstream: redis.tcp,
            configuration: "connections \(mode)\nclient-output-limit 1kb\ntag hot:{name}:** hot/{name}")
        let client = try RawClient(proxy.tcp)
        for _ in 0..<3 {
            #expect(try client.command("MULTI") == .simple("OK"))
            #expect(try client.command("SET", "hot:a:1", "x") == .simple("QUEUED"))
            #expect(try client.command("GET", "large") == .simple("QUEUED"))
            #expect(try client.command("EXEC") == .array([.simple("OK"), .bulk(value)]))
            #expect(
                try client.command(
                    "EVAL", "redis.call('SET',KEYS[1],1) return ARGV[1]", "1", "hot:a:2", value)
                    == .bulk(value))
        }
    }

    @Test("two slow clients of one link never have it both")
    func twoSlowClients() throws {
        let redis = try RedisServer()
        let value = String(repeating: "v", count: 2_000_000)
        try redis.command("SET", "large", value)
        let proxy = try FreshetProcess(
            upstream: redis.tcp, configuration: "links-per-group 1\nclient-output-limit 1kb")
        let first = try RawClient(proxy.unix)
        let second = try RawClient(proxy.unix)
        let third = try RawClient(proxy.unix)
        for client in [first, second, third] { #expect(try client.command("PING") == .simple("PONG")) }
        redis.pause()
        try first.sendCommand("GET", "large")
        pause(milliseconds: 10)
        try second.sendCommand("GET", "large")
        pause(milliseconds: 10)
        redis.resume()
        #expect(try first.readFrame().reply == .bulk(value))
        // Time in which the proxy, as a rule, gets more for the second client than it reads.
        pause(milliseconds: 50)
        #expect(try second.readFrame().reply == .bulk(value))
        #expect(try first.command("SUBSCRIBE", "news").elements?.count == 3)
        #expect(try second.command("SELECT", "1") == .simple("OK"))
        for number in 0..<10 {
            #expect(try third.command("SET", "key", "\(number)") == .simple("OK"))
            #expect(try third.command("GET", "key") == .bulk("\(number)"))
        }
        #expect(try third.command("PUBLISH", "news", "hello") == .integer(1))
        #expect(try first.readFrame().reply == .array([.bulk("message"), .bulk("news"), .bulk("hello")]))
    }

    @Test("a client that tracks keys hears nothing of the index")
    func trackingHidesIndex() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.tcp,
            configuration: """
                tag hot:{name}:** hot/{name}
                rule purge on source:{name} invalidate tag:hot/{name}
                """)
        let client = try RawClient(proxy.tcp)
        _ = try client.command("HELLO", "3")
        #expect(try client.command("CLIENT", "TRACKING", "ON") == .simple("OK"))
        for _ in 0..<3 {
            #expect(try client.command("SET", "hot:a:1", "x") == .simple("OK"))
            #expect(try client.command("SET", "source:a", "x") == .simple("OK"))
        }
        #expect(try client.command("PING") == .simple("PONG"))
        #expect(try redis.command("EXISTS", "hot:a:1") == .integer(0))
    }
}
