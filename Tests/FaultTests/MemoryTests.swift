import TestSupport
import Testing

/// What clients can make the proxy hold. The bounds are several times what is held, and a small part of what
/// would be held without limits.
@Suite("Faults of memory", .serialized)
struct MemoryTests {
    private static let mebibyte = 1 << 20

    @Test("fault 21: an announcement of two billion arguments holds nothing", arguments: Mode.allCases)
    func announcements(_ mode: Mode) throws {
        let site = try Site(mode)
        let clients = try (0..<400).map { _ in try site.client() }
        for client in clients { #expect(try client.isServed()) }
        let before = try MemoryUse.fromNow(site.proxy).resident
        for client in clients { try client.send("*2147483647\r\n") }
        #expect(try site.client().isServed())
        let after = try MemoryUse(of: site.proxy).resident
        #expect((after - before) / clients.count < 4096)
    }

    @Test("fault 23: a large value streams through, both ways", arguments: Mode.allCases)
    func largeValue(_ mode: Mode) throws {
        let site = try Site(mode)
        let client = try site.client()
        client.limitMilliseconds = 60_000
        #expect(try client.isServed())
        let before = try MemoryUse.fromNow(site.proxy).resident
        let size = 128 * Self.mebibyte
        try client.send("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$\(size)\r\n")
        let piece = [UInt8](repeating: 0x78, count: Self.mebibyte)
        for _ in 0..<128 { try client.send(piece) }
        try client.send("\r\n")
        #expect(try client.readFrame().reply == .simple("OK"))
        try client.sendCommand("GET", "big")
        #expect(try client.readBytes(12) == Array("$\(size)\r\n".utf8))
        for _ in 0..<128 { #expect(try client.readBytes(Self.mebibyte) == piece) }
        #expect(try client.readBytes(2) == [13, 10])
        #expect(try client.isServed())
        #expect(try MemoryUse(of: site.proxy).peak - before < 16 * Self.mebibyte)
    }

    @Test(
        "fault 27: a client that does not read its replies makes nobody hold them, and nobody wait",
        arguments: Mode.allCases)
    func slowReader(_ mode: Mode) throws {
        let site = try Site(mode)
        let value = String(repeating: "v", count: Self.mebibyte)
        #expect(try site.client().command("SET", "big", value) == .simple("OK"))
        let before = try MemoryUse.fromNow(site.proxy).resident
        let slow = try site.client()
        slow.limitMilliseconds = 60_000
        let request = RequestEncoding.command(["GET", "big"])
        let all = request.count * 300
        #expect(slow.sendWithoutReading(request, upTo: all, quietMilliseconds: 2000) == all)
        for _ in 0..<20 { #expect(try site.client().isServed()) }
        for _ in 0..<300 {
            let header = try slow.readBytes(10)
            #expect(header == Array("$1048576\r\n".utf8))
            #expect(try slow.readBytes(Self.mebibyte + 2).count == Self.mebibyte + 2)
        }
        #expect(try slow.isServed())
        #expect(try MemoryUse(of: site.proxy).peak - before < 24 * Self.mebibyte)
    }

    @Test("fault 27: who shared a link with a client that does not read gets its reply all the same")
    func readsForOthers() throws {
        let site = try Site(.shared)
        let value = String(repeating: "v", count: Self.mebibyte)
        let (slow, other) = (try site.client(), try site.client())
        #expect(try slow.command("SET", "big", value) == .simple("OK"))
        #expect(try other.isServed())
        let sleeper = try RawClient(site.redis.unix)
        try sleeper.send("DEBUG SLEEP 0.5\r\n")
        for _ in 0..<20 { try slow.send(RequestEncoding.command(["GET", "big"])) }
        try site.waitForMetric("freshet_commands_total{command=\"get\",class=\"known\"}", 20)
        #expect(try other.isServed())
        #expect(try sleeper.readFrame().reply == .simple("OK"))
        for _ in 0..<20 { #expect(try slow.readBytes(10 + Self.mebibyte + 2).count == 12 + Self.mebibyte) }
        #expect(try slow.isServed())
    }

    @Test(
        "fault 28: a client that reads nothing for client-stall-timeout is closed, and the log says so",
        arguments: Mode.allCases)
    func stalledReader(_ mode: Mode) throws {
        let site = try Site(mode, "client-stall-timeout 300ms")
        let value = String(repeating: "v", count: Self.mebibyte)
        #expect(try site.client().command("SET", "big", value) == .simple("OK"))
        let slow = try site.client()
        let request = RequestEncoding.command(["GET", "big"])
        _ = slow.sendWithoutReading(request, upTo: request.count * 20, quietMilliseconds: 2000)
        try withExtendedLifetime(slow) {
            try site.waitForMetric("freshet_limits_hit_total{limit=\"client-stall-timeout\"}", 1)
        }
        #expect(site.proxy.log.contains("it read nothing for client-stall-timeout"))
        #expect(try site.client().isServed())
    }

    @Test(
        "fault 32: past buffer-limit the newest who hold bytes are closed, and everybody else is served",
        arguments: Mode.allCases)
    func bufferBudget(_ mode: Mode) throws {
        let site = try Site(mode, "buffer-limit 8mb")
        let value = String(repeating: "v", count: Self.mebibyte)
        #expect(try site.client().command("SET", "big", value) == .simple("OK"))
        let modest = try site.client()
        #expect(try modest.isServed())
        let before = try MemoryUse.fromNow(site.proxy).resident
        let request = RequestEncoding.command(["GET", "big"])
        var greedy: [RawClient] = []
        let limits = "freshet_limits_hit_total{limit=\"%\"}"
        func hits(_ limit: String) throws -> Int {
            Int(try site.proxy.metric(limits.replacing("%", with: limit)) ?? 0)
        }
        while greedy.count < 30, try hits("buffer-limit") == 0 {
            let client = try site.client()
            greedy.append(client)
            _ = client.sendWithoutReading(request, upTo: request.count * 5, quietMilliseconds: 2000)
            try waitUntil("the next client to reach a limit", withinMilliseconds: 20_000) {
                try hits("client-output-limit") >= greedy.count || hits("buffer-limit") > 0
            }
        }
        #expect(try hits("buffer-limit") > 0)
        #expect(try modest.isServed())
        #expect(site.proxy.log.contains("buffer-limit reached"))
        try waitUntil("clients to be accepted again", withinMilliseconds: 20_000) {
            (try? site.client().isServed()) == true
        }
        #expect(try withExtendedLifetime(greedy) { try MemoryUse(of: site.proxy).peak - before } < 40 << 20)
    }

    @Test("fault 29: an idle client costs no buffers")
    func idleClients() throws {
        let site = try Site(.shared)
        let before = try MemoryUse.fromNow(site.proxy).resident
        let clients = try (0..<2000).map { _ in try site.client() }
        for client in clients { #expect(try client.isServed()) }
        let after = try MemoryUse(of: site.proxy).resident
        #expect((after - before) / clients.count < 8192)
    }

    @Test(
        "fault 30: who has not logged in and does not read is held to a mebibyte, then closed",
        arguments: Mode.allCases)
    func unauthenticated(_ mode: Mode) throws {
        let site = try Site(mode, options: ["--requirepass", "secret"])
        #expect(try site.client().run("PING").text?.hasPrefix("NOAUTH") == true)
        let before = try MemoryUse.fromNow(site.proxy).resident
        let flood = try site.client()
        let requests = Array(repeating: RequestEncoding.command(["PING"]), count: 1000).flatMap { $0 }
        let limit = 256 * Self.mebibyte
        #expect(flood.sendWithoutReading(requests, upTo: limit, quietMilliseconds: 5000) < limit)
        #expect(try MemoryUse(of: site.proxy).peak - before < 16 * Self.mebibyte)
        try withExtendedLifetime(flood) {
            try waitUntil("the flood to be closed") { try site.proxy.metric("freshet_connections_open") == 0 }
        }
    }

    @Test("fault 209: what a burst of cascades took is given back")
    func burst() throws {
        let site = try Site(.shared, "depend view:{n} on src:{n}\ndepend page:{n} on src:{n}\nworkers 2")
        let client = try site.client()
        client.limitMilliseconds = 60_000
        let one = RequestEncoding.command(["SET", "src:1", "new"])
        for _ in 0..<20 { try client.send(one) }
        #expect(try client.readFrames(20).count == 20)
        let before = try MemoryUse.fromNow(site.proxy).resident
        let most = before + 24 * Self.mebibyte
        for round in 0..<30 {
            try client.send(
                (0..<2000).flatMap { RequestEncoding.command(["SET", "src:\(round * 2000 + $0)", "n"]) })
            #expect(try client.readFrames(2000).allSatisfy { $0.reply == .simple("OK") })
        }
        try waitUntil("the memory is given back", withinMilliseconds: 30_000) {
            try MemoryUse(of: site.proxy).resident < most
        }
    }
}
