#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import TestSupport
import Testing

@Suite("Many clients at once")
struct CrowdTests {
    private static let clients = 400
    private static let value = String(repeating: "x", count: 16_384)

    /// Together they are more than `client-pipeline-limit` before the link has sent anything, and Redis's
    /// socket takes all of it at once.
    @Test(
        "requests of many clients that come in one tick are all answered", arguments: ["shared", "dedicated"])
    func burst(connections: String) throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.tcp, configuration: "connections \(connections)\nlinks-per-group 1\n")
        let clients = try (0..<Self.clients).map { _ in try RawClient(proxy.tcp) }
        for client in clients { #expect(try client.command("PING") == .simple("PONG")) }
        for round in 0..<3 {
            proxy.signal(SIGSTOP)
            for (number, client) in clients.enumerated() {
                try client.sendCommand("SET", "crowd:\(round):\(number)", Self.value)
            }
            proxy.signal(SIGCONT)
            for client in clients { #expect(try client.readFrame().reply == .simple("OK")) }
        }
    }
}
