import TestSupport
import Testing

@Suite("Through TLS on both sides")
struct TransferTests {
    static let modes = ["shared", "dedicated"]

    private static func stage(_ mode: String) throws -> TLSStage {
        try TLSStage(configuration: "connections \(mode)\ntag tagged:{id}:** tagged:{id}")
    }

    @Test("a pipeline of a thousand comes back in order", arguments: modes)
    func pipeline(mode: String) throws {
        let stage = try Self.stage(mode)
        let client = try RawClient(stage.tunnel())
        try client.send((0..<1000).flatMap { RequestEncoding.command(["ECHO", "\($0)"]) })
        #expect(try client.readFrames(1000).map { $0.reply.text } == (0..<1000).map { "\($0)" })
    }

    @Test("transactions, blocking commands and tagged writes work", arguments: modes)
    func stateful(mode: String) throws {
        let stage = try Self.stage(mode)
        let tunnel = try stage.tunnel()
        let client = try RawClient(tunnel)
        #expect(try client.command("MULTI") == .simple("OK"))
        #expect(try client.command("INCR", "n") == .simple("QUEUED"))
        #expect(try client.command("EXEC") == .array([.integer(1)]))
        #expect(try client.command("SET", "tagged:1:a", "v") == .simple("OK"))
        #expect(try stage.redis.command("EXISTS", "tagged:1:a") == .integer(1))
        let waiting = try RawClient(tunnel)
        try waiting.sendCommand("BLPOP", "queue", "0")
        try waitUntil("a blocked client") { try stage.redis.info("clients", "blocked_clients") == 1 }
        #expect(try client.command("RPUSH", "queue", "job") == .integer(1))
        #expect(try waiting.readFrame().reply == .array([.bulk("queue"), .bulk("job")]))
    }

    @Test("messages arrive", arguments: modes)
    func publish(mode: String) throws {
        let stage = try Self.stage(mode)
        let tunnel = try stage.tunnel()
        let listening = try RawClient(tunnel)
        #expect(
            try listening.command("SUBSCRIBE", "c") == .array([.bulk("subscribe"), .bulk("c"), .integer(1)]))
        let speaking = try RawClient(tunnel)
        #expect(try speaking.command("PUBLISH", "c", "hello") == .integer(1))
        #expect(
            try listening.readFrame().reply == .array([.bulk("message"), .bulk("c"), .bulk("hello")]))
    }

    @Test("a client that stops sending gets all it is owed, then the end", arguments: modes)
    func halfClose(mode: String) throws {
        let stage = try Self.stage(mode)
        let client = try RawClient(stage.tunnel())
        try client.send((0..<500).flatMap { RequestEncoding.command(["ECHO", "\($0)"]) })
        client.halfClose()
        let expected = (0..<500).map { number in
            "$\("\(number)".utf8.count)\r\n\(number)\r\n"
        }.joined()
        #expect(try client.readToEnd() == Array(expected.utf8))
    }

    @Test("64 MiB travel both ways, written and read in small pieces", arguments: modes)
    func bulk(mode: String) throws {
        try PythonClient.run("tls_bulk", try Self.stage(mode), withinMilliseconds: 120_000)
    }

    @Test("records may be cut anywhere, and requests may be cut by records", arguments: modes)
    func slices(mode: String) throws {
        try PythonClient.run("tls_slices", try Self.stage(mode))
    }

    @Test(
        "redis-py finds everything as it expects it, served by two workers",
        arguments: ["basics", "transactions", "waiting", "pool"])
    func clients(name: String) throws {
        try PythonClient.run(name, try Self.stage("shared\nworkers 2"))
    }

    @Test("redis-cli --tls talks to it")
    func commandLine() throws {
        let stage = try Self.stage("shared")
        let credentials = stage.credentials
        let (exit, output) = try ChildProcess.run([
            "redis-cli", "-h", "localhost", "-p", "\(stage.port)", "--tls", "--cacert",
            credentials.authority.certificate, "--cert", credentials.client.certificate, "--key",
            credentials.client.key, "ECHO", "hello",
        ])
        #expect(exit == .code(0) && output == "hello\n", "\(output)")
    }

    @Test("every link to Redis is encrypted, the engine's as well")
    func nothingPlain() throws {
        let stage = try Self.stage("shared")
        #expect(try RawClient(stage.tunnel()).command("SET", "tagged:2:a", "v") == .simple("OK"))
        let list = try stage.redis.command("CLIENT", "LIST").text ?? ""
        let plain = list.split(separator: "\n").filter {
            $0.contains("name=freshet") && !$0.contains("laddr=127.0.0.1:\(stage.redisPort) ")
        }
        #expect(plain.isEmpty && list.contains("name=freshet"), "\(list)")
        #expect(try stage.proxy.metric("freshet_tls_handshakes_total{side=\"upstream\"}") ?? 0 > 0)
    }
}
