import TestSupport
import Testing

@Suite("A promoted replica")
struct PromotionTests {
    /// A master and its replica, and a proxy whose upstream is a name for one of them.
    private final class Stage {
        let master: RedisServer
        let replica: RedisServer
        let proxy: FreshetProcess
        private let directory: TemporaryDirectory
        private var name: String { directory.path + "/redis.sock" }

        init(_ configuration: String, seed: [String]) throws {
            master = try RedisServer()
            replica = try RedisServer()
            directory = try TemporaryDirectory()
            for line in seed { try master.run(line) }
            try replica.run("REPLICAOF 127.0.0.1 \(master.port)")
            try Self.name(directory.path + "/redis.sock", master)
            proxy = try FreshetProcess(
                upstream: .unix(directory.path + "/redis.sock"),
                configuration: "log-format text\nprobe-interval 100ms\n" + configuration)
            try waitForReplica()
        }

        private static func name(_ path: String, _ server: RedisServer) throws {
            guard case .unix(let socket) = server.unix else { return }
            _ = try ChildProcess.run(["ln", "-sfn", socket, path + ".new"])
            _ = try ChildProcess.run(["mv", "-T", path + ".new", path])
        }

        /// Waits until the replica has all that the master has.
        func waitForReplica() throws {
            try master.run("SET mark yes")
            try waitUntil("the replica follows", withinMilliseconds: 30_000) {
                try replica.run("GET mark") == .bulk("yes")
            }
        }

        /// From here on the replica gets nothing more.
        func cutOff() throws { try replica.run("REPLICAOF NO ONE") }

        /// The master goes, and its name is the replica's from now on.
        func promote() throws {
            try Self.name(name, replica)
            try master.kill()
        }
    }

    private static let conventions = "depend page:{id} on product:{id}:price\ntag list:** lists"

    @Test("what it had not heard of before its master went is invalidated there again")
    func lost() throws {
        let stage = try Stage(
            Self.conventions, seed: ["MSET page:7 old product:7:price 1 list:1 old other old"])
        try stage.cutOff()
        let client = try RawClient(stage.proxy.unix)
        #expect(try client.run("SET product:7:price 2") == .simple("OK"))
        #expect(try client.run("DEL list:1") == .integer(1))
        #expect(try stage.replica.run("EXISTS page:7 list:1") == .integer(2))
        try stage.promote()
        try stage.replica.waitUntilGone(["page:7", "list:1"])
        // A value that was lost is Redis's loss; nobody removes what may be the only copy.
        #expect(try stage.replica.run("GET product:7:price") == .bulk("1"))
        #expect(try stage.replica.has("other"))
    }

    @Test("what an operator invalidated in the last seconds is invalidated there again")
    func operators() throws {
        let stage = try Stage(Self.conventions, seed: ["MSET page:7 old page:8 old"])
        try stage.cutOff()
        let admin = try RawClient(stage.proxy.admin)
        #expect(try !admin.run("FRESHET INVALIDATE KEY page:7").isError)
        try stage.promote()
        try stage.replica.waitUntilGone(["page:7"])
        #expect(try stage.replica.has("page:8"))
    }

    @Test(
        "fault 179: past replay-keys what writes can make stale is removed, and nothing that only has a tag")
    func overflow() throws {
        let stage = try Stage(
            Self.conventions + "\ntag menu:** menus\nrule shop on product:{id}:price invalidate tag:menus"
                + "\nreplay-keys 3",
            seed: ["MSET page:7 old page:1 old list:1 old menu:1 old product:1:price 1 other old"])
        try stage.cutOff()
        let client = try RawClient(stage.proxy.unix)
        for number in 7...17 { try client.run("SET product:\(number):price 2") }
        try stage.promote()
        try stage.replica.waitUntilGone(["page:7", "page:1", "menu:1"])
        #expect(try stage.replica.run("EXISTS product:1:price other list:1") == .integer(3))
    }

    @Test("fault 179: keys that are written again and again count once")
    func distinct() throws {
        let stage = try Stage(
            Self.conventions + "\nreplay-keys 3",
            seed: ["MSET page:7 old page:8 old page:1 old product:1:price 1"])
        try stage.cutOff()
        let client = try RawClient(stage.proxy.unix)
        for number in 0..<40 { try client.run("SET product:\(7 + number % 2):price \(number)") }
        try stage.promote()
        try stage.replica.waitUntilGone(["page:7", "page:8"])
        #expect(try stage.replica.has("page:1"))
        #expect(try stage.proxy.metric("freshet_limits_hit_total{limit=\"replay-keys\"}") ?? 0 == 0)
    }

    @Test("fault 178: a first replica, and a copy of the database, are not taken for another Redis")
    func firstReplica() throws {
        let master = try RedisServer()
        for number in 0..<50 {
            try master.run("MSET product:\(number):price 1 page:\(number) x list:\(number) x")
        }
        let proxy = try FreshetProcess(
            upstream: master.unix,
            configuration: "log-format text\nprobe-interval 100ms\nreplay-keys 3\n" + Self.conventions)
        let client = try RawClient(proxy.unix)
        let history = try master.text("replication", "master_replid")
        for number in 0..<20 { try client.run("SET product:\(number):price 2") }
        _ = try ChildProcess.run([
            "redis-cli", "-p", "\(master.port)", "--rdb", master.directory.path + "/copy.rdb",
        ])
        let replica = try RedisServer()
        try replica.run("REPLICAOF 127.0.0.1 \(master.port)")
        try waitUntil("the replica follows", withinMilliseconds: 30_000) {
            try replica.run("GET product:1:price") == .bulk("2")
        }
        #expect(try master.text("replication", "master_replid") != history)
        try proxy.waitForProbes(of: master)
        #expect(try master.run("EXISTS page:30 product:1:price list:1") == .integer(3))
        #expect(!proxy.log.contains("run again"))
    }

    @Test("a replica that is promoted under the same connection is told again too")
    func inPlace() throws {
        let stage = try Stage(Self.conventions, seed: ["MSET page:7 old product:7:price 1"])
        let client = try RawClient(stage.proxy.unix)
        #expect(try client.run("SET product:7:price 2") == .simple("OK"))
        try stage.master.run("SET page:7 old")
        // Another history of changes, as after a failover of the servers among themselves.
        try stage.replica.run("REPLICAOF NO ONE")
        try stage.master.run("REPLICAOF 127.0.0.1 \(stage.replica.port)")
        try waitUntil("it is known") { stage.proxy.log.contains("Redis is a replica") }
        try waitUntil("it follows", withinMilliseconds: 30_000) {
            try stage.master.run("GET page:7") == stage.replica.run("GET page:7")
        }
        try stage.master.run("REPLICAOF NO ONE")
        try stage.master.run("SET page:7 old")
        try stage.master.waitUntilGone(["page:7"])
    }

    @Test("with a replay-window of none nothing is run again")
    func off() throws {
        let stage = try Stage(
            Self.conventions + "\nreplay-window 0s", seed: ["MSET page:7 old product:7:price 1"])
        try stage.cutOff()
        #expect(try RawClient(stage.proxy.unix).run("SET product:7:price 2") == .simple("OK"))
        try stage.promote()
        try waitUntil("the replica serves", withinMilliseconds: 30_000) {
            (try? RawClient(stage.proxy.unix).run("SET product:8:price 1")) == .simple("OK")
        }
        try waitUntil("it is known that it is another") {
            try stage.proxy.metric("freshet_upstream_up{role=\"primary\"}") == 1
        }
        #expect(!stage.proxy.log.contains("run again"))
        #expect(try stage.replica.has("page:7"))
    }
}

extension RedisServer {
    /// A field of an INFO section.
    func text(_ section: String, _ field: String) throws -> String? {
        let text = try command("INFO", section).text ?? ""
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(field + ":") }
        return line.map { String($0.dropFirst(field.count + 1)) }
    }
}

extension FreshetProcess {
    /// Waits until the proxy has asked Redis how it is, and has got the answers, several times.
    func waitForProbes(of server: RedisServer, _ count: Int = 3) throws {
        func asked() throws -> Int {
            let line = try server.text("commandstats", "cmdstat_info") ?? ""
            let calls = line.split(separator: ",").first.flatMap { Int($0.dropFirst("calls=".count)) }
            return calls ?? 0
        }
        // A probe asks for several sections, and so do these questions.
        let (before, own) = (try asked(), 1)
        var questions = 0
        try waitUntil("\(count) probes", withinMilliseconds: 30_000) {
            questions += own
            return try asked() - before - questions >= 4 * count
        }
    }
}
