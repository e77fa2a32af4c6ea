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
