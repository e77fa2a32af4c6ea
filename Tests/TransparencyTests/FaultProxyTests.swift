import TestSupport
import Testing

@Suite("The fault tool")
struct FaultProxyTests {
    /// A Redis, the tool in front of it, and a client that goes through the tool.
    private final class Stage {
        let redis: RedisServer
        let line: FaultProxy
        let client: RawClient

        init(overUnix: Bool = false) throws {
            redis = try RedisServer()
            line = try FaultProxy(to: overUnix ? redis.unix : redis.tcp)
            client = try RawClient(line.endpoint)
            #expect(try client.command("PING") == .simple("PONG"))
        }

        /// Sends `SET key 1` and waits until Redis has it; the reply is under way.
        func sendSet(_ key: String) throws {
            try client.sendCommand("SET", key, "1")
            try waitUntil("\(key)") { try redis.command("EXISTS", key) == .integer(1) }
        }

        var passed: Int { line.connections.first?.bytesToClient ?? -1 }
    }

    /// The bytes of `+PONG\r\n`, which every stage's client has received.
    private static let greeting = 7

    @Test("without faults it passes everything on, ends included", arguments: [false, true])
    func transparent(overUnix: Bool) throws {
        let stage = try Stage(overUnix: overUnix)
        let value = String(repeating: "v", count: 3_000_000)
        #expect(try stage.client.command("SET", "a", value) == .simple("OK"))
        #expect(try stage.client.command("GET", "a") == .bulk(value))
        try stage.client.sendCommand("PING")
        stage.client.halfClose()
        #expect(try stage.client.readToEnd() == Array("+PONG\r\n".utf8))
        #expect(!stage.client.wasReset)
        try waitUntil("the end of the connection") { stage.line.connections.isEmpty }
        #expect(stage.line.accepted == 1)
    }

    @Test("latency keeps bytes under way")
    func latency() throws {
        let stage = try Stage()
        stage.line.set(.toClient) { $0.latencyMilliseconds = 600_000 }
        try stage.sendSet("a")
        #expect(stage.passed == Self.greeting)
        try stage.line.heal()
        #expect(try stage.client.readFrame().reply == .simple("OK"))
        stage.line.set { $0.latencyMilliseconds = 1 }
        #expect(try stage.client.command("PING") == .simple("PONG"))
    }

    @Test("slices pass one at a time, and all in the end")
    func slices() throws {
        let stage = try Stage()
        stage.line.set(.toClient) {
            $0.sliceBytes = 3
            $0.slicePauseMicroseconds = 600_000_000
        }
        try stage.client.sendCommand("PING")
        #expect(try stage.client.readBytes(3) == Array("+PO".utf8))
        #expect(stage.passed == Self.greeting + 3)
        stage.line.set {
            $0.sliceBytes = 1
            $0.slicePauseMicroseconds = 10
        }
        #expect(try stage.client.readBytes(4) == Array("NG\r\n".utf8))
        #expect(try stage.client.command("ECHO", "sliced both ways") == .bulk("sliced both ways"))
    }

    @Test("a stalled connection waits, another goes on, and a resumed one loses nothing")
    func stall() throws {
        let stage = try Stage()
        let other = try RawClient(stage.line.endpoint)
        #expect(try other.command("PING") == .simple("PONG"))
        let first = try #require(stage.line.connections.first).identifier
        stage.line.stall(.toClient, of: first)
        try stage.sendSet("a")
        #expect(try other.command("PING") == .simple("PONG"))
        #expect(stage.passed == Self.greeting)
        stage.line.resume(.toClient, of: first)
        #expect(try stage.client.readFrame().reply == .simple("OK"))
        stage.line.stall(.toServer)
        try stage.client.sendCommand("SET", "b", "1")
        #expect(try stage.redis.command("EXISTS", "b") == .integer(0))
        stage.line.resume()
        #expect(try stage.client.readFrame().reply == .simple("OK"))
    }

    @Test("a reset, a close and a half-close look as they should to both sides")
    func cuts() throws {
        let stage = try Stage()
        let closed = try RawClient(stage.line.endpoint)
        let halfClosed = try RawClient(stage.line.endpoint)
        try waitUntil("three connections") { stage.line.connections.count == 3 }
        let identifiers = stage.line.connections.map(\.identifier)
        stage.line.reset(identifiers[0])
        #expect(try stage.client.readToEnd().isEmpty && stage.client.wasReset)
        stage.line.close(identifiers[1])
        #expect(try closed.readToEnd().isEmpty && !closed.wasReset)
        stage.line.halfClose(.toClient, of: identifiers[2])
        #expect(try halfClosed.readToEnd().isEmpty)
        try halfClosed.sendCommand("SET", "said", "1")
        try waitUntil("what the client still says") {
            try stage.redis.command("EXISTS", "said") == .integer(1)
        }
        #expect(stage.line.connections.map(\.identifier) == [identifiers[2]])
    }

    @Test("a connection is cut after exactly so many bytes", arguments: [0, 1, 5, 7])
    func cutAfter(count: Int) throws {
        let stage = try Stage()
        stage.line.set(.toClient) {
            $0.bytesUntilCut = count
            $0.cut = .close
        }
        try stage.client.sendCommand("PING")
        #expect(try stage.client.readToEnd() == Array("+PONG\r\n".utf8.prefix(count)))
    }

    @Test("silence after so many bytes leaves the connection open")
    func silence() throws {
        let stage = try Stage()
        stage.line.set(.toClient) {
            $0.bytesUntilCut = 3
            $0.cut = .silence
        }
        try stage.client.sendCommand("PING")
        #expect(try stage.client.readBytes(3) == Array("+PO".utf8))
        try stage.line.heal()
        #expect(try stage.client.readBytes(4) == Array("NG\r\n".utf8))
    }

    @Test("connections are refused for a while, and open ones stay", arguments: [false, true])
    func refuse(overUnix: Bool) throws {
        let stage = try Stage(overUnix: overUnix)
        stage.line.refuseConnections()
        #expect(throws: SupportError.self) { try RawClient(stage.line.endpoint) }
        #expect(try stage.client.command("PING") == .simple("PONG"))
        try stage.line.acceptConnections()
        #expect(try RawClient(stage.line.endpoint).command("PING") == .simple("PONG"))
    }

    @Test("a server that is gone ends the connection")
    func serverGone() throws {
        let stage = try Stage()
        try stage.redis.kill()
        #expect(try stage.client.readToEnd().isEmpty)
        #expect(try RawClient(stage.line.endpoint).readToEnd().isEmpty)
    }
}
