import TestSupport
import Testing

/// What holds up one connection in Redis holds up nobody else here.
@Suite("Faults of links that others hold up", .serialized)
struct StallTests {
    private static let busy = ["--busy-reply-threshold", "50"]

    /// Runs a script without end from `client`, and waits until Redis calls itself busy.
    private static func makeBusy(_ site: Site, _ client: RawClient) throws {
        try client.send(RequestEncoding.command(["EVAL", "while true do end", "0"]))
        try waitUntil("Redis is busy", withinMilliseconds: 10_000) {
            try RawClient(site.redis.unix).run("PING").isError
        }
    }

    @Test(
        "fault 225: a script without end holds up nobody, and SCRIPT KILL reaches Redis",
        arguments: Mode.allCases)
    func script(_ mode: Mode) throws {
        let site = try Site(mode, options: Self.busy)
        let (culprit, other, third) = (try site.client(), try site.client(), try site.client())
        for client in [culprit, other, third] { #expect(try client.isServed()) }
        try Self.makeBusy(site, culprit)
        for _ in 0..<3 {
            #expect("\(try other.run("GET a"))".contains("BUSY"))
            #expect("\(try third.run("EVAL \"return 1\" 0"))".contains("BUSY"))
            #expect("\(try site.client().run("SET a 1"))".contains("BUSY"))
        }
        #expect("\(try other.run("FUNCTION STATS"))".contains("SCRIPT KILL"))
        #expect(try other.run("SCRIPT KILL") == .simple("OK"))
        #expect("\(try culprit.readFrame().reply)".contains("Script killed by user"))
        for client in [culprit, other, third] { #expect(try client.isServed()) }
    }

    @Test("fault 226: MULTI in another database is answered while Redis is busy, as Redis does")
    func transaction() throws {
        let site = try Site(.shared, options: Self.busy)
        let (culprit, client, late) = (try site.client(), try site.client(), try site.client())
        #expect(try client.run("SELECT 1") == .simple("OK"))
        #expect(try client.run("SET a 1") == .simple("OK"))
        #expect(try late.run("SELECT 1") == .simple("OK"))
        try Self.makeBusy(site, culprit)
        #expect(try client.run("MULTI") == .simple("OK"))
        #expect("\(try client.run("SET a 2"))".contains("BUSY"))
        #expect("\(try client.run("EXEC"))".contains("EXECABORT"))
        #expect("\(try late.run("GET a"))".contains("BUSY"))
        #expect("\(try late.run("BLPOP l 1"))".contains("BUSY"))
        #expect(try client.run("SCRIPT KILL") == .simple("OK"))
        // Redis says so before the script has ended.
        for other in [client, late] {
            try waitUntil("the script has ended") { try other.run("GET a") == .bulk("1") }
        }
    }

    @Test(
        "fault 227: while CLIENT PAUSE holds writes, reads and CLIENT UNPAUSE are served",
        arguments: Mode.allCases)
    func paused(_ mode: Mode) throws {
        let site = try Site(mode)
        let (writer, reader, second) = (try site.client(), try site.client(), try site.client())
        for client in [writer, reader, second] { #expect(try client.isServed()) }
        #expect(try reader.run("CLIENT PAUSE 60000 WRITE") == .simple("OK"))
        try writer.sendCommand("SET", "a", "1")
        if mode == .shared { try site.waitForMetric("freshet_links_stalled_total", 1) }
        for _ in 0..<20 { #expect(try reader.run("GET a") == .null) }
        try second.sendCommand("SET", "b", "1")
        for _ in 0..<20 { #expect(try reader.run("GET b") == .null) }
        #expect(try site.client().run("GET a") == .null)
        #expect(try AdminHTTP.get("/readyz", from: site.proxy.admin).status == 200)
        #expect(try reader.run("CLIENT UNPAUSE") == .simple("OK"))
        #expect(try writer.readFrame().reply == .simple("OK"))
        #expect(try second.readFrame().reply == .simple("OK"))
        if mode == .shared {
            try waitUntil("links are shared again", withinMilliseconds: 10_000) {
                try site.proxy.metric("freshet_pinned_sessions{reason=\"stalled-link\"}") == 0
            }
        }
        for client in [writer, reader, second] { #expect(try client.run("GET a") == .bulk("1")) }
    }

    @Test("fault 228: a reply that stops in the middle holds up nobody else, and /readyz tells")
    func unfinished() throws {
        let redis = try RedisServer()
        _ = try redis.command("SET", "big", String(repeating: "x", count: 200_000))
        let relay = try FaultProxy(to: redis.unix)
        let proxy = try FreshetProcess(
            upstream: relay.endpoint, configuration: "reply-stall-timeout 2s\nlinks-per-group 1\n")
        let (victim, other) = (try RawClient(proxy.unix), try RawClient(proxy.unix))
        for client in [victim, other] { #expect(try client.isServed()) }
        for connection in relay.connections {
            relay.set(.toClient, of: connection.identifier) {
                $0.bytesUntilCut = 150_000
                $0.cut = .silence
            }
        }
        try victim.sendCommand("GET", "big")
        try waitUntil("it is told", withinMilliseconds: 10_000) {
            try AdminHTTP.get("/readyz", from: proxy.admin).body.contains("stand still")
        }
        #expect(try AdminHTTP.get("/readyz", from: proxy.admin).status == 503)
        #expect(try other.isServed())
        _ = try victim.readToEnd()
        try waitUntil("it is ready again", withinMilliseconds: 10_000) {
            try AdminHTTP.get("/readyz", from: proxy.admin).status == 200
        }
        #expect(try other.isServed())
    }

    @Test("fault 229: the deepest reply that a script can make reaches its client, and nobody is closed")
    func deep() throws {
        let site = try Site(.shared)
        let (client, other) = (try site.client(), try site.client())
        #expect(try other.isServed())
        let script = "local t = {} for i = 1, 7000 do t = {t} end return t"
        try client.send(RequestEncoding.command(["EVAL", script, "0"]))
        let bytes = try client.readThrough(Array("*0\r\n".utf8))
        #expect(bytes.count == 7001 * 4)
        for each in [client, other] { #expect(try each.isServed()) }
    }

    @Test("fault 230: with dedicated links the first command names the connection in Redis")
    func firstCommand() throws {
        let site = try Site(.dedicated)
        let client = try site.client()
        #expect(try client.run("CLIENT SETNAME first") == .simple("OK"))
        #expect(try client.run("SELECT 3") == .simple("OK"))
        let list = try site.redis("CLIENT LIST").text ?? ""
        let line = list.split(separator: "\n").first { $0.contains("name=first ") }
        #expect(line?.contains("db=3") == true, "\(list)")
    }

    @Test("fault 231: links of a user without the right to CLIENT leave no entry in ACL LOG")
    func log() throws {
        let site = try Site(.shared)
        try site.redis("ACL SETUSER bob on >secret ~* +get +set +multi +exec +blpop +select +@fast -client")
        try site.redis("ACL LOG RESET")
        let client = try site.client()
        for line in [
            "AUTH bob secret", "GET a", "MULTI", "GET a", "EXEC", "SELECT 1", "GET a", "BLPOP l 0.01",
        ] {
            #expect(try client.run(line).isError == false, "\(line)")
        }
        #expect(try site.redis("ACL LOG") == .array([]))
    }

    @Test("fault 232: a password set at run time does not end clients that Redis regards as logged in")
    func password() throws {
        let site = try Site(.shared)
        let before = try site.client()
        let long = "MSET " + (0..<12).map { "k\($0) v" }.joined(separator: " ")
        #expect(try before.run(long) == .simple("OK"))
        try site.redis("CONFIG SET requirepass secret")
        // A link that is opened now is a stranger.
        let later = try site.client()
        try later.sendCommand("BLPOP", "none", "0")
        #expect("\(try later.readFrame().reply)".contains("NOAUTH"))
        #expect(try before.run(long) == .simple("OK"))
        try site.redis("CONFIG SET requirepass \"\"")
        for client in [before, later, try site.client()] { #expect(try client.run(long) == .simple("OK")) }
    }

    @Test("fault 233: a Redis with cluster-enabled is not ready, and the reason says so")
    func cluster() throws {
        let redis = try RedisServer(options: ["--cluster-enabled", "yes"])
        let proxy = try FreshetProcess(upstream: redis.unix, configuration: "", until: .listening)
        try waitUntil("it is told", withinMilliseconds: 10_000) {
            let answer = try AdminHTTP.get("/readyz", from: proxy.admin)
            return answer.status == 503 && answer.body.contains("cluster-enabled")
        }
        #expect(proxy.log.contains("cluster-enabled"))
    }
}
