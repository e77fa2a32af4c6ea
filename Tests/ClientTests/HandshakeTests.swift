import TestSupport
import Testing

/// Clients with their defaults are those that most applications have: for them, too, links are shared.
@Suite("Handshakes of client libraries")
struct HandshakeTests {
    static let conventions = "depend page:{id} on item:{id}\ntag page:{id} pages\n"

    @Test(
        "fault 220: with the handshake of a library ten clients share links, and cascades ride along",
        arguments: Handshake.all)
    func shares(_ handshake: Handshake) throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.tcp, configuration: Self.conventions)
        let clients = try (0..<10).map { _ in try RawClient(proxy.tcp) }
        for client in clients { try Self.shake(client, as: handshake) }
        for (number, client) in clients.enumerated() {
            #expect(try client.command("SET", "page:\(number)", "old") == .simple("OK"))
            #expect(try client.command("SET", "item:\(number)", "new") == .simple("OK"))
            #expect(try client.command("EXISTS", "page:\(number)") == .integer(0))
        }
        let pinned = handshake.keepsLink ? 10.0 : 0
        let reasons = ["tracking", "connection-state", "watch", "subscription", "dedicated"]
        let wanted = [pinned, 0, 0, 0, 0]
        var counts: [Double] = []
        do {
            try waitUntil("links are as they should be", withinMilliseconds: 10_000) {
                counts = try reasons.map {
                    try proxy.metric("freshet_pinned_sessions{reason=\"\($0)\"}") ?? 0
                }
                return counts == wanted
            }
        } catch { Issue.record("\(counts) instead of \(wanted)") }
        let shared = try proxy.metric("freshet_links_open{kind=\"shared\"}") ?? 0
        #expect(shared <= 6, "\(shared) shared links")
    }

    @Test(
        "each reply of a handshake is of the kind that Redis gives, pipelined or not",
        arguments: Handshake.all)
    func answers(_ handshake: Handshake) throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.tcp, configuration: Self.conventions)
        let there = try Self.shake(RawClient(redis.tcp), as: handshake)
        #expect(try Self.shake(RawClient(proxy.tcp), as: handshake) == there)
        #expect(try Self.shake(RawClient(proxy.tcp), as: handshake) == there)
    }

    /// Sends the handshake and returns the first byte of each reply.
    @discardableResult
    private static func shake(_ client: RawClient, as handshake: Handshake) throws -> [UInt8] {
        var types: [UInt8] = []
        for step in handshake.steps {
            try client.send(step.flatMap { RequestEncoding.command(RequestEncoding.arguments(of: $0)) })
            types += try client.readFrames(step.count).map { $0.bytes[0] }
        }
        return types
    }
}
