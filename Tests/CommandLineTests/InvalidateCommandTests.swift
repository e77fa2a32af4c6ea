import TestSupport
import Testing

@Suite("Command line: invalidations and tags")
struct InvalidateCommandTests {
    private let redis: RedisServer
    private let direct: HiredisClient
    private let proxy: FreshetProcess

    init() throws {
        redis = try RedisServer()
        direct = try HiredisClient(redis.unix)
        proxy = try FreshetProcess(upstream: redis.unix, configuration: "tag p:** all")
        let admin = try RawClient(proxy.admin)
        try waitUntil("a trusted index") {
            try admin.command("FRESHET", "INFO").text?.contains("suspect:no") == true
        }
    }

    private func run(_ arguments: String...) throws -> (exit: ChildProcess.Exit, output: String) {
        try FreshetProcess.run(arguments + ["--admin", "127.0.0.1:\(proxy.adminPort)"])
    }

    private func fill(_ count: Int) throws {
        let script = """
            for i = 1, tonumber(ARGV[1]) do
              redis.call('SET', 'p:' .. i, 'x')
              redis.call('SADD', KEYS[1], 'p:' .. i)
            end
            return 1
            """
        _ = try direct.command("EVAL", script, "1", "freshet:tag:all", "\(count)")
    }

    @Test("a tag is given, listed, told of a key, and taken")
    func tags() throws {
        _ = try direct.command("SET", "page:1", "x")
        _ = try direct.command("SET", "page:2", "x")
        var told = try run("tag", "add", "sale", "page:1", "page:2", "page:none")
        #expect(told.exit == .code(0) && told.output.contains("2"), "\(told.output)")
        told = try run("tag", "keys", "sale")
        #expect(told.output.contains("page:1") && told.output.contains("page:2"), "\(told.output)")
        told = try run("tag", "of", "page:1")
        #expect(told.exit == .code(0) && told.output.contains("sale"), "\(told.output)")
        told = try run("tag", "del", "sale", "page:1")
        #expect(told.exit == .code(0), "\(told.output)")
        #expect(try direct.command("SMEMBERS", "freshet:tag:sale").elements?.compactMap(\.text) == ["page:2"])
        #expect(try run("invalidate", "tag", "sale").exit == .code(0))
        #expect(try direct.command("EXISTS", "page:1", "page:2") == .integer(1))
    }

    @Test("with --progress a large tag is followed to its end, and what was removed is told")
    func progress() throws {
        try fill(5000)
        let told = try run("invalidate", "tag", "all", "--progress")
        #expect(told.exit == .code(0), "\(told.output)")
        #expect(told.output.contains("5000"), "\(told.output)")
        #expect(try direct.command("EXISTS", "p:1", "p:2500", "p:5000") == .integer(0))
    }

    @Test("a dry run tells and removes nothing")
    func dry() throws {
        try fill(20)
        let told = try run("invalidate", "tag", "all", "--dry-run")
        #expect(told.exit == .code(0) && told.output.contains("20"), "\(told.output)")
        #expect(try direct.command("EXISTS", "p:1", "p:20") == .integer(2))
    }

    @Test(
        "fault 240: the command line refuses what looks like an option as well",
        arguments: ["--dryrun", "--dry-runn", "DRYRUNN", "dry-run", "-n", "SOFTLY"])
    func misspelt(_ word: String) throws {
        try fill(20)
        let told = try run("invalidate", "tag", "all", word)
        #expect(told.exit != .code(0), "\(told.output)")
        #expect(try direct.command("EXISTS", "p:1", "p:20") == .integer(2))
        let named = try FreshetProcess.run(
            ["invalidate", "key", "--admin", "127.0.0.1:\(proxy.adminPort)", "--", "p:1", word])
        #expect(named.exit == .code(0), "\(named.output)")
        #expect(try direct.command("EXISTS", "p:1", "p:20") == .integer(1))
    }

    @Test("a proxy that is not there is told, and the command fails")
    func away() throws {
        let told = try FreshetProcess.run(["invalidate", "key", "x", "--admin", "unix:/nowhere/admin.sock"])
        #expect(told.exit == .code(1) && told.output.contains("/nowhere/admin.sock"), "\(told.output)")
    }
}
