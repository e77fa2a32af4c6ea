import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("What a killed proxy has owed")
struct RecoveryTests {
    private static let conventions = """
        depend view:{n} on src:{n}
        depend page:{lang}:{n} on src:{n}
        cascade-deadline 60s
        """

    /// A write that Redis runs while its reply, and so its cascade, never comes.
    struct Owing: Sendable, CustomStringConvertible {
        let description: String
        let commands: [[String]]
        var database = 0
        var count = 1
    }

    private static let writes = [
        Owing(description: "SET", commands: [["SET", "src:0", "new"]]),
        Owing(description: "SET XX", commands: [["SET", "src:0", "new", "XX"]]),
        Owing(
            description: "a transaction",
            commands: [["MULTI"], ["SET", "src:0", "new"], ["SET", "src:1", "new"], ["EXEC"]], count: 2),
        Owing(
            description: "a blocking command", commands: [["BLMOVE", "list", "src:0", "LEFT", "LEFT", "0"]]),
        Owing(
            description: "a large value",
            commands: [["SET", "src:0", String(repeating: "v", count: 300_000)]]),
        Owing(
            description: "five hundred keys",
            commands: [["MSET"] + (0..<500).flatMap { ["src:\($0)", "new"] }], count: 500),
        Owing(description: "MOVE", commands: [["MOVE", "src:0", "3"]], database: 3),
        Owing(
            description: "a script",
            commands: [["EVAL", "return redis.call('SET', KEYS[1], 'new')", "1", "src:0"]]),
        Owing(description: "DEL", commands: [["DEL", "src:0"]]),
    ]

    @Test(
        "fault 132: after kill -9 the next process finishes what writes of every kind have owed",
        arguments: writes)
    func finished(_ write: Owing) throws {
        let redis = try RedisServer(options: ["--user", "amy", "on", ">secret", "~*", "&*", "+@all"])
        let line = try FaultProxy(to: redis.tcp)
        let proxy = try FreshetProcess(
            upstream: line.endpoint, configuration: Self.conventions + "\nconnections dedicated")
        // Another user's cascades do not ride along: they wait for the reply.
        let client = try RawClient(proxy.unix)
        #expect(try client.command("AUTH", "amy", "secret") == .simple("OK"))
        // The first command of the new user opens its link, which a stalled line would not let happen.
        #expect(try client.command("GET", "none") == .null)
        if write.commands[0] == ["MULTI"] {
            // MULTI is answered before the rest is sent.
            #expect(try client.command("MULTI") == .simple("OK"))
        }
        try prepare(redis, write)
        line.stall(.toClient)
        try client.send(write.commands.filter { $0 != ["MULTI"] }.flatMap { RequestEncoding.command($0) })
        try waitUntil("Redis has run \(write)") { try hasRun(redis, write) }
        #expect(try dependents(redis, write) == write.count)
        try proxy.kill()
        line.resume()
        try proxy.start()
        try waitUntil("nothing stale is left after \(write)") { try dependents(redis, write) == 0 }
        try waitUntil("the recovery is over") { try proxy.metric("freshet_recovery_pending") == 0 }
        #expect(try proxy.metric("freshet_intents_adopted_total") ?? 0 >= 1)
    }

    private func prepare(_ redis: RedisServer, _ write: Owing) throws {
        try redis.command("RPUSH", "list", "new")
        if write.description != "a blocking command" {
            for number in 0..<write.count { try redis.command("SET", "src:\(number)", "old") }
        }
        let client = try RawClient(redis.unix)
        _ = try client.command("SELECT", "\(write.database)")
        for number in 0..<write.count { _ = try client.command("SET", "view:\(number)", "old") }
    }

    private func hasRun(_ redis: RedisServer, _ write: Owing) throws -> Bool {
        switch write.description {
        case "a blocking command": try redis.command("EXISTS", "list") == .integer(0)
        case "MOVE", "DEL": try redis.command("EXISTS", "src:0") == .integer(0)
        default: try redis.command("GET", "src:0").text != "old"
        }
    }

    private func dependents(_ redis: RedisServer, _ write: Owing) throws -> Int {
        let client = try RawClient(redis.unix)
        _ = try client.command("SELECT", "\(write.database)")
        return try client.command("KEYS", "view:*").elements?.count ?? 0
    }

    @Test("an orderly stop leaves nothing behind")
    func orderly() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix, configuration: Self.conventions + "\nworkers 2")
        for number in 0..<50 { _ = try RawClient(proxy.unix).command("SET", "src:\(number)", "1") }
        let state = proxy.directory.path + "/state"
        #expect(FileSystem.names(in: state).count >= 4)
        proxy.signal(SIGTERM)
        #expect(try proxy.waitForExit() == .code(0))
        #expect(FileSystem.names(in: state) == ["owner.lock"])
    }

    @Test("a process beside the one that is killed finishes what that has owed")
    func beside() throws {
        let redis = try RedisServer(options: ["--user", "amy", "on", ">secret", "~*", "&*", "+@all"])
        let line = try FaultProxy(to: redis.tcp)
        let proxy = try FreshetProcess(
            upstream: line.endpoint, configuration: Self.conventions + "\nconnections dedicated")
        let other = try FreshetProcess(
            upstream: redis.tcp,
            configuration: Self.conventions + "\nstate-dir \(proxy.directory.path)/state")
        #expect(try other.metric("freshet_recovery_pending") == 1, "it does not own the directory")
        let client = try RawClient(proxy.unix)
        #expect(try client.command("AUTH", "amy", "secret") == .simple("OK"))
        // The first command of the new user opens its link, which a stalled line would not let happen.
        #expect(try client.command("GET", "none") == .null)
        try redis.command("SET", "view:7", "old")
        line.stall(.toClient)
        try client.sendCommand("SET", "src:7", "new")
        try waitUntil("Redis has run it") { try redis.command("GET", "src:7").text == "new" }
        try proxy.kill()
        try waitUntil("the other process has done it") {
            try redis.command("EXISTS", "view:7") == .integer(0)
        }
        line.resume()
        try waitUntil("it is done with it") { try other.metric("freshet_recovery_pending") == 0 }
        #expect(other.log.contains("another process owns the state directory"))
    }

    @Test("a transaction whose replies never came counts as run")
    func unknownTransaction() throws {
        let redis = try RedisServer()
        let line = try FaultProxy(to: redis.tcp)
        let proxy = try FreshetProcess(
            upstream: line.endpoint, configuration: Self.conventions + "\nconnections dedicated")
        let client = try RawClient(proxy.unix)
        try redis.command("SET", "view:7", "old")
        #expect(try client.command("MULTI") == .simple("OK"))
        line.stall(.toClient)
        try client.sendCommand("SET", "src:7", "new")
        try client.sendCommand("EXEC")
        try waitUntil("Redis has run it") { try redis.command("GET", "src:7").text == "new" }
        line.reset()
        try line.heal()
        try waitUntil("the dependent is gone") { try redis.command("EXISTS", "view:7") == .integer(0) }
        try waitUntil("nothing is open") { try proxy.metric("freshet_intents_open") == 0 }
    }

    @Test("with always a reply comes when the disk has its intent, and no reply is lost")
    func always() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: Self.conventions + "\ncascade-durability always")
        let client = try RawClient(proxy.unix)
        for round in 0..<20 {
            try client.send(
                (0..<20).flatMap { RequestEncoding.command(["SET", "src:\($0)", "\(round)"]) })
            #expect(try client.readFrames(20).allSatisfy { $0.reply == .simple("OK") })
        }
        try waitUntil("nothing is open") {
            try proxy.metric("freshet_intents_total") == 400 && proxy.metric("freshet_intents_open") == 0
        }
    }

    @Test("what owes nothing is not noted")
    func nothingOwed() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix, configuration: Self.conventions)
        let client = try RawClient(proxy.unix)
        for number in 0..<10 {
            #expect(try client.command("SET", "other:\(number)", "1") == .simple("OK"))
            #expect(try client.command("SET", "page:en:\(number)", "1") == .simple("OK"))
            #expect(try client.command("GET", "src:\(number)") == .null)
        }
        #expect(try client.command("SET", "src:1", "1") == .simple("OK"))
        try waitUntil("the one that owes is counted") { try proxy.metric("freshet_intents_total") == 1 }
    }

    @Test(
        "fault 205: where a file of a killed process has changed, all it may have owed is done, and told",
        arguments: ["queue.sqlite-wal", "intents"])
    func changedFiles(_ file: String) throws {
        let redis = try RedisServer()
        let line = try FaultProxy(to: redis.tcp)
        let proxy = try FreshetProcess(
            upstream: line.endpoint,
            configuration: """
                depend view:{n} on src:{n}
                rule late on src:{n} invalidate page:{n} after 1h
                audit-file \(redis.directory.path)/audit.jsonl
                """)
        let client = try RawClient(proxy.unix)
        for number in 0..<40 {
            try redis.command("SET", "page:\(number)", "old")
            try redis.command("SET", "view:\(number)", "old")
            if file != "intents" { _ = try client.command("SET", "src:\(number)", "new") }
        }
        if file == "intents" {
            // Each with a client of its own: what a client sends behind such a write waits for its reply.
            let clients = try (0..<40).map { _ in try RawClient(proxy.unix) }
            for client in clients { #expect(try client.command("PING") == .simple("PONG")) }
            line.stall(.toClient)
            for (number, client) in clients.enumerated() {
                try client.sendCommand("SET", "src:\(number)", "new")
            }
            try waitUntil("all are written") {
                try redis.command("KEYS", "src:*").elements?.count == 40
            }
        } else {
            try waitUntil("all are in the queue's file") {
                try proxy.metric("freshet_intents_open") == 0
                    && proxy.metric("cache_invalidation_queue_size{state=\"delayed\"}") == 40
            }
        }
        try proxy.kill()
        let state = proxy.directory.path + "/state"
        for name in FileSystem.names(in: state) where name.hasPrefix(file) {
            var bytes = try FileSystem.read(state + "/" + name)
            let used = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
            bytes[used / 2] ^= 0x10
            try FileSystem.write(bytes, to: state + "/" + name)
        }
        line.reset()
        try line.heal()
        try proxy.start()
        try waitUntil("what may be stale is gone; \(proxy.log)", withinMilliseconds: 30_000) {
            let left = try redis.command("KEYS", "*:*").elements?.compactMap(\.text) ?? []
            return !left.contains { $0.hasPrefix("view:") || (file != "intents" && $0.hasPrefix("page:")) }
        }
        try waitUntil("the audit tells") {
            try FileSystem.readText(redis.directory.path + "/audit.jsonl").contains("could not be read")
        }
    }
}
