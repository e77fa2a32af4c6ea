import TestSupport
import Testing

@Suite("Sockets: the client's side")
struct ClientSocketTests {
    @Test(
        "fault 82: a client whose machine is gone is released within tcp-keepalive, owed a reply or idle",
        .enabled(if: Surroundings.hasNamespaces && Surroundings.has("bash")))
    func halfOpenClient() throws {
        let redis = try RedisServer()
        let network = try Network()
        let port = try Endpoint.freePort()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "listen \(network.here):\(port)\ntcp-keepalive 3s")
        try redis.command("SET", "big", String(repeating: "x", count: 4 << 20))
        func start(_ request: String) throws -> ChildProcess {
            let script = "exec 3<>/dev/tcp/\(network.here)/\(port); printf '\(request)\\r\\n' >&3; sleep 1000"
            return try ChildProcess(
                network.enter + ["bash", "-c", script], outputPath: redis.directory.path + "/client")
        }
        let idle = try start("PING")
        let owed = try start("GET big")
        let blocked = try start("BLPOP none 0")
        try waitUntil("three clients") { try proxy.metric("freshet_connections_open") == 3 }
        try waitUntil("the blocked one") { try redis.info("clients", "blocked_clients") == 1 }
        try network.cut()
        // The admin port and this test's own connections are no sessions.
        try waitUntil("their release", withinMilliseconds: 30_000) {
            try proxy.metric("freshet_connections_open") == 0
        }
        #expect(
            try redis.info("clients", "blocked_clients") == 0, "the blocked command ended with its client")
        for client in [idle, owed, blocked] { client.signal(9) }
    }

    @Test("fault 82: a client that is alive and does not read is not taken for dead")
    func slowReader() throws {
        let redis = try RedisServer()
        try redis.command("SET", "big", String(repeating: "x", count: 8 << 20))
        let proxy = try FreshetProcess(upstream: redis.unix, configuration: "tcp-keepalive 1s")
        let client = try RawClient(proxy.tcp, limitMilliseconds: 30_000)
        try client.sendCommand("GET", "big")
        // Three times the bound passes while the reply is not read; Redis itself measures it.
        let clock = try RawClient(redis.tcp)
        #expect(try clock.command("BLPOP", "none", "3") == .null)
        #expect(try client.readFrame().bytes.count > 8 << 20)
        #expect(try client.command("PING") == .simple("PONG"))
    }

    @Test("fault 84: a client that ends its side gets every reply that is still due")
    func halfClose() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix)
        let client = try RawClient(proxy.tcp)
        try client.sendCommand("SET", "k", "v")
        try client.sendCommand("DEBUG", "SLEEP", "0.3")
        try client.sendCommand("GET", "k")
        client.halfClose()
        let bytes = try client.readToEnd()
        #expect(String(decoding: bytes, as: UTF8.self) == "+OK\r\n+OK\r\n$1\r\nv\r\n")
    }
}
