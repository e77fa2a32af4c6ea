import TestSupport
import Testing

/// What is kept for a client grows with no length that the client chooses.
@Suite("Faults of memory that nobody reads")
struct BoundedMemoryTests {
    private static let mebibyte = 1 << 20

    @Test("who is passed on unobserved is read no faster than Redis reads", arguments: Mode.allCases)
    func opaqueFlood(_ mode: Mode) throws {
        let site = try Site(mode, "buffer-limit 32mb")
        let (flood, other) = (try site.client(), try site.client())
        #expect(try other.isServed())
        for line in ["MULTI", "CLIENT REPLY ON", "EXEC"] { #expect(try !flood.run(line).isError) }
        let before = try MemoryUse.fromNow(site.proxy).resident
        site.redis.pause()
        let request = RequestEncoding.command(["ECHO", String(repeating: "x", count: Self.mebibyte)])
        let limit = 128 * Self.mebibyte
        let sent = flood.sendWithoutReading(request, upTo: limit, quietMilliseconds: 700)
        #expect(sent < 16 * Self.mebibyte)
        let newcomer = try site.client()
        try newcomer.sendCommand("PING")
        try site.waitForMetric("freshet_connections_open", 3)
        #expect(try site.proxy.metric("freshet_limits_hit_total{limit=\"buffer-limit\"}") ?? 0 == 0)
        #expect(try MemoryUse(of: site.proxy).peak - before < 24 * Self.mebibyte)
        site.redis.resume()
        #expect(try newcomer.readFrame().reply == .simple("PONG"))
        #expect(try other.isServed())
        try flood.send(Array(request.dropFirst(sent % request.count)))
        for _ in 0...(sent / request.count) {
            #expect(try flood.readFrame().reply.bytes?.count == Self.mebibyte)
        }
    }

    @Test("what names say of a write is not kept when the names are long")
    func plansOfLongNames() throws {
        let conventions = (0..<60).map { "depend page\($0):{id} on user:{id}" }
        let site = try Site(.shared, "audit-targets 0\n" + conventions.joined(separator: "\n"))
        let client = try site.client()
        let padding = String(repeating: "k", count: 4000)
        for number in 0..<8 { #expect(try client.run("SET user:\(padding)\(number) x") == .simple("OK")) }
        let before = try MemoryUse.fromNow(site.proxy).resident
        for number in 0..<100 {
            #expect(try client.run("SET user:\(number)\(padding) x") == .simple("OK"))
        }
        let growth = try MemoryUse(of: site.proxy).resident - before
        #expect(growth < 16 * Self.mebibyte)
    }
}
