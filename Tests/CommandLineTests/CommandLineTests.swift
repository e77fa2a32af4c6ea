import TestSupport
import Testing

@Suite("Command line")
struct CommandLineTests {
    /// Writes a proxy.conf and runs a subcommand on it; `FILE` among the arguments stands for its path.
    private func run(_ arguments: [String], on configuration: String) throws -> (
        exit: ChildProcess.Exit, output: String
    ) {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/proxy.conf"
        try FileSystem.write(configuration, to: path)
        return try FreshetProcess.run(arguments.map { $0 == "FILE" ? path : $0 })
    }

    @Test("the shipped proxy.conf is accepted")
    func shipped() throws {
        let result = try FreshetProcess.run(["check", RepositoryRoot.file("proxy.conf")])
        #expect(result.exit == .code(0) && result.output.contains("is fine"), "\(result.output)")
    }

    @Test("a misspelt directive is refused with its place, a caret and the word that was meant")
    func misspelt() throws {
        let result = try run(["check", "FILE"], on: "listen 127.0.0.1:1\n  cascade-max-dept 3\n")
        #expect(result.exit == .code(78))
        for part in [
            "proxy.conf:2:3: error:", "'cascade-max-dept'", "did you mean 'cascade-max-depth'?", "^~~~~",
            "1 error",
        ] {
            #expect(result.output.contains(part), "no \(part) in \(result.output)")
        }
    }

    @Test("serve does not start on a file that check refuses")
    func serveRefuses() throws {
        let result = try run(["serve", "FILE"], on: "tag product:{id} product:{sku}\n")
        #expect(result.exit == .code(78) && result.output.contains("{sku}"), "\(result.output)")
    }

    @Test("a file that is not there is named")
    func missing() throws {
        let result = try FreshetProcess.run(["check", "/nowhere/proxy.conf"])
        #expect(result.exit == .code(78) && result.output.contains("/nowhere/proxy.conf"), "\(result.output)")
    }

    @Test("a warning is an error when check is strict")
    func strict() throws {
        let cycle = "cycles allow\ndepend a:{x} on b:{x}\ndepend b:{x} on a:{x}\n"
        #expect(try run(["check", "FILE"], on: cycle).exit == .code(0))
        #expect(try run(["check", "--strict", "FILE"], on: cycle).exit == .code(78))
    }

    @Test("explain tells the tags, the dependents and the cascade of a key")
    func explain() throws {
        let path = RepositoryRoot.file("proxy.conf")
        let price = try FreshetProcess.run(["explain", "--config", path, "product:42:price"])
        #expect(price.exit == .code(0))
        for part in [
            "product:42  recorded in freshet:tag:product:42", "freshet:dep:product:42:price", "category/42",
            "rule price-drop", "proxy.conf:",
        ] {
            #expect(price.output.contains(part), "no \(part) in \(price.output)")
        }
        let lines = try FreshetProcess.run(["explain", "--config", path, "order:1:lines"])
        #expect(lines.output.contains("Cascade: 8 keys by name, depth 8"), "\(lines.output)")
        #expect(lines.output.contains("dashboard:1"), "\(lines.output)")
    }

    @Test("explain says when nothing can touch a key")
    func explainProtected() throws {
        let path = RepositoryRoot.file("proxy.conf")
        let session = try FreshetProcess.run(["explain", "--config", path, "session:1"])
        #expect(session.output.contains("protect session:**"), "\(session.output)")
    }

    @Test("directives behind the file override it")
    func overrides() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "mode enforce",
            arguments: ["--mode", "observe", "--max-clients", "7"])
        let info = try RawClient(proxy.admin).command("FRESHET", "INFO").text ?? ""
        #expect(info.contains("mode:observe") && info.contains("maxclients:7"), "\(info)")
    }

    @Test("an override that is wrong is refused")
    func wrongOverride() throws {
        let result = try run(["serve", "FILE", "--mode", "sometimes"], on: "")
        #expect(result.exit == .code(78) && result.output.contains("sometimes"), "\(result.output)")
    }

    @Test("invalidate asks a running proxy")
    func invalidate() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "tag product:{id}:** product:{id}")
        let client = try RawClient(proxy.unix)
        for number in 1...3 { _ = try client.command("SET", "product:1:\(number)", "x") }
        let admin = ["--admin", "127.0.0.1:\(proxy.adminPort)"]
        let dry = try FreshetProcess.run(["invalidate"] + admin + ["--dry-run", "tag", "product:1"])
        #expect(dry.exit == .code(0) && dry.output.contains("product:1:2"), "\(dry.output)")
        #expect(try client.command("EXISTS", "product:1:1", "product:1:2") == .integer(2))
        let real = try FreshetProcess.run(["invalidate"] + admin + ["tag", "product:1"])
        #expect(real.exit == .code(0), "\(real.output)")
        #expect(try redis.command("DBSIZE") == .integer(0))
    }

    @Test("small work that is followed to its end is told of, and rules are listed and tried in words")
    func followed() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "rule r on a:{x} invalidate b:{x} when exists f:{x}")
        let admin = ["--admin", "127.0.0.1:\(proxy.adminPort)"]
        func output(_ arguments: String...) throws -> String {
            let result = try FreshetProcess.run(arguments + admin)
            #expect(result.exit == .code(0), "\(arguments): \(result.output)")
            return result.output
        }
        for _ in 0..<5 {
            _ = try HiredisClient(proxy.unix).command("SET", "a:1", "x")
            #expect(try output("invalidate", "key", "a:1", "--progress").contains("deleted: 1"))
        }
        #expect(try output("rule", "list").contains("rule r on a:{x} invalidate b:{x} when exists f:{x}"))
        #expect(try output("rule", "list", "--json").hasPrefix("{\"name\":\"r\",\"state\":\"active\""))
        #expect(try output("rule", "test", "r", "a:1").contains("\nno  when exists f:{x}: no such key\n"))
    }

    @Test("invalidate says so when no proxy listens")
    func nobody() throws {
        let port = try Endpoint.freePort()
        let result = try FreshetProcess.run(["invalidate", "--admin", "127.0.0.1:\(port)", "key", "a"])
        #expect(result.exit == .code(1) && result.output.contains("\(port)"), "\(result.output)")
    }

    @Test("SIGTERM ends the proxy with exit code 0, SIGINT as well", arguments: [15, 2] as [Int32])
    func termination(_ signal: Int32) throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix)
        let client = try RawClient(proxy.unix)
        #expect(try client.command("PING") == .simple("PONG"))
        proxy.signal(signal)
        #expect(try proxy.waitForExit() == .code(0))
        #expect(!FileSystem.exists(proxy.directory.path + "/freshet.sock"))
    }

    @Test("the version and the metrics are listed")
    func listings() throws {
        #expect(try FreshetProcess.run(["--version"]).output.hasPrefix("freshet "))
        let metrics = try FreshetProcess.run(["metrics"])
        #expect(metrics.exit == .code(0) && metrics.output.contains("cache_invalidations_total"))
    }

    @Test("an audit file that cannot be read is no intact one")
    func auditMissing() throws {
        let result = try FreshetProcess.run(["audit", "verify", "/nowhere/audit.jsonl"])
        #expect(result.exit == .code(1) && result.output.contains("/nowhere/audit.jsonl"), "\(result.output)")
    }

    @Test(
        "fault 249: a path that is not there is called so",
        arguments: [
            ["audit", "why", "/nowhere/audit.jsonl", "key"], ["audit", "verify", "/nowhere/audit.jsonl"],
            ["check", "/nowhere/proxy.conf"], ["explain", "--config", "/nowhere/proxy.conf", "key"],
            ["config", "show", "/nowhere/proxy.conf"], ["queue", "--admin", "unix:/nowhere/admin.sock"],
            ["invalidate", "key", "x", "--admin", "unix:/nowhere/admin.sock"],
        ])
    func paths(_ arguments: [String]) throws {
        let (exit, output) = try FreshetProcess.run(arguments)
        #expect(exit != .code(0))
        #expect(output.contains("/nowhere/") && output.contains("No such file or directory"), "\(output)")
    }

    @Test("fault 249: a folder without an audit is called so")
    func folder() throws {
        let folder = try TemporaryDirectory()
        let (exit, output) = try FreshetProcess.run(["audit", "why", folder.path, "key"])
        #expect(exit == .code(1) && output.contains("'\(folder.path)': no audit file is in"), "\(output)")
    }
}
