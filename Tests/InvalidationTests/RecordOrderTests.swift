import TestSupport
import Testing

/// What Redis sees around a write that is recorded; `RecordProtocolTests` say why it must be this.
@Suite("The order of records")
struct RecordOrderTests {
    private static let conventions = """
        depend page:{lang}:{id} on s:{id}
        tag queue:{id} queues
        """

    /// A way for a write to reach Redis.
    struct Path: Sendable, CustomTestStringConvertible {
        let name: String
        var connections = "shared"
        /// What the client says first.
        var greeting: [String] = []
        var testDescription: String { name }
    }

    static let ownPaths = [
        Path(name: "shared link"),
        Path(name: "dedicated link", connections: "dedicated"),
        Path(name: "RESP3", greeting: ["HELLO 3"]),
        Path(name: "link of its own", greeting: ["CLIENT ID"]),
    ]
    static let otherPaths = [
        Path(name: "another user", greeting: ["AUTH app pw"]),
        Path(name: "tracking", greeting: ["HELLO 3", "CLIENT TRACKING ON"]),
        Path(
            name: "redis-py 8",
            greeting: [
                "HELLO 3", "CLIENT SETINFO LIB-NAME redis-py", "CLIENT SETINFO LIB-VER 8.0.0",
                "CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip",
            ]),
    ]

    private func stage(_ path: Path) throws -> Stage {
        let stage = try Stage(Self.conventions + "\nconnections \(path.connections)")
        _ = try stage.redis("ACL SETUSER app on >pw ~* &* +@all")
        for line in path.greeting { try stage.run(line) }
        return stage
    }

    @Test("a whole value stands between two records", arguments: ownPaths + otherPaths)
    func whole(_ path: Path) throws {
        let stage = try stage(path)
        let seen = try commands(stage) { try stage.run("SET page:en:7 x") }
        #expect(seen == ["SADD", "SET", "SADD"])
        #expect(try stage.members("freshet:dep:s:7") == ["page:en:7"])
        #expect(try stage.existing("page:en:7") == ["page:en:7"])
    }

    @Test(
        "before a part of a value changes, Redis is asked whether it was there",
        arguments: ownPaths + otherPaths)
    func part(_ path: Path) throws {
        let stage = try stage(path)
        let seen = try commands(stage) { try stage.run("HSET page:en:7 f x") }
        #expect(seen == ["SADD", "EXISTS", "HSET", "SADD"])
        #expect(try stage.existing("page:en:7") == ["page:en:7"])
    }

    @Test("a transaction stands between the records of what it writes", arguments: ownPaths + otherPaths)
    func transaction(_ path: Path) throws {
        let stage = try stage(path)
        let seen = try commands(stage) {
            let lines = ["MULTI", "SET page:en:7 x", "HSET page:de:7 f x", "EXEC"]
            try stage.client.send(
                lines.flatMap { RequestEncoding.command(RequestEncoding.arguments(of: $0)) })
            _ = try stage.client.readFrames(4)
        }
        let others = seen.filter { $0 != "EXISTS" && $0 != "MULTI" }
        #expect(others == ["SADD", "SADD", "SET", "HSET", "EXEC", "SADD", "SADD"])
        #expect(try stage.existing("page:en:7", "page:de:7").count == 2)
    }

    @Test(
        "a value that is passed on as it comes stands between two records", arguments: ownPaths + otherPaths)
    func streamed(_ path: Path) throws {
        let stage = try stage(path)
        let value = String(repeating: "x", count: 200_000)
        let seen = try commands(stage) {
            let reply = try stage.client.command("SET", "page:en:7", value)
            #expect(reply == .simple("OK"))
        }
        #expect(seen == ["SADD", "SET", "SADD"])
        #expect(try stage.existing("page:en:7") == ["page:en:7"])
    }

    @Test(
        "a script stands between the records of the keys that it declares", arguments: ownPaths + otherPaths)
    func script(_ path: Path) throws {
        let stage = try stage(path)
        let seen = try commands(stage) {
            let script = "return redis.call('SET',KEYS[1],'x')"
            let reply = try stage.client.command("EVAL", script, "1", "page:en:7")
            #expect(reply == .simple("OK"))
        }
        #expect(seen == ["SADD", "EXISTS", "EVAL", "SET", "SADD"])
        #expect(try stage.existing("page:en:7") == ["page:en:7"])
    }

    @Test(
        "a function stands between the records of the keys that it declares", arguments: ownPaths + otherPaths
    )
    func function(_ path: Path) throws {
        let stage = try stage(path)
        let library = """
            #!lua name=l
            redis.register_function('store', function(k, a) return redis.call('SET', k[1], a[1]) end)
            """
        _ = try stage.redis.command("FUNCTION", "LOAD", library)
        let seen = try commands(stage) {
            let reply = try stage.run("FCALL store 1 page:en:7 x")
            #expect(reply == .simple("OK"))
        }
        #expect(seen == ["SADD", "EXISTS", "FCALL", "SET", "SADD"])
        #expect(try stage.existing("page:en:7") == ["page:en:7"])
    }

    @Test(
        "a command that blocks is recorded when it is sent, and again when it returns",
        arguments: ownPaths + otherPaths)
    func blocking(_ path: Path) throws {
        let stage = try stage(path)
        let seen = try commands(stage) {
            try stage.client.sendCommand("BLMOVE", "jobs", "queue:7", "LEFT", "RIGHT", "0")
            try waitUntil("the client to block") { try stage.redis.info("clients", "blocked_clients") == 1 }
            _ = try stage.redis("RPUSH jobs a")
            _ = try stage.client.readFrame()
        }
        #expect(seen.filter { $0 != "RPUSH" && $0 != "INFO" } == ["SADD", "EXISTS", "BLMOVE", "SADD"])
        #expect(try stage.members("freshet:tag:queues") == ["queue:7"])
    }

    @Test("a write that does not happen leaves no record", arguments: ownPaths + otherPaths)
    func takenBack(_ path: Path) throws {
        let stage = try stage(path)
        try stage.run("SET page:en:7 x XX")
        #expect(try stage.run("SET page:en:7 x EX nonsense").isError)
        #expect(try stage.members("freshet:dep:s:7").isEmpty)
        for end in ["DISCARD", "EXEC"] {
            try stage.run(["WATCH s:7", "INCR s:7", "MULTI", "SET page:en:7 x", "HSET page:de:7 f x"])
            try stage.run(end)
            try waitUntil("no record after \(end)") { try stage.members("freshet:dep:s:7").isEmpty }
        }
        #expect(try stage.existing("page:en:7", "page:de:7").isEmpty)
    }

    @Test("a write of many keys records all of them before it is sent")
    func many() throws {
        let stage = try Stage(Self.conventions)
        let keys = (0..<1000).map { "page:en:\($0)" }
        let seen = try commands(stage) {
            try stage.client.send(RequestEncoding.command(["MSET"] + keys.flatMap { [$0, "x"] }))
            _ = try stage.client.readFrame()
        }
        #expect(
            seen == Array(repeating: "SADD", count: 1000) + ["MSET"] + Array(repeating: "SADD", count: 1000))
        #expect(try stage.redis("EXISTS " + keys.joined(separator: " ")) == .integer(1000))
    }

    /// What the proxy asks Redis on its own account as well.
    private static let upkeep = [
        "INFO", "PING", "HELLO", "CLIENT", "AUTH", "SELECT", "CONFIG", "COMMAND", "SCRIPT",
        "SMEMBERS",
    ]

    /// The names of the commands that Redis sees while `body` runs, in order.
    private func commands(_ stage: Stage, _ body: () throws -> Void) throws -> [String] {
        let monitor = try RawClient(stage.redis.unix)
        #expect(try monitor.run("MONITOR") == .simple("OK"))
        try body()
        _ = try stage.redis("ECHO the-end")
        var seen: [String] = []
        while true {
            let line = try monitor.readFrame().reply.text ?? ""
            if line.contains("the-end") { return seen }
            guard let words = line.split(separator: "]", maxSplits: 1).last else { continue }
            let name = words.split(separator: "\"").dropFirst().first.map { $0.uppercased() } ?? ""
            if !Self.upkeep.contains(name) { seen.append(name) }
        }
    }
}
