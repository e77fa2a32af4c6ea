import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Reload and signals")
struct ReloadTests {
    private static func proxy(_ redis: RedisServer, _ configuration: String = "") throws -> FreshetProcess {
        try FreshetProcess(
            upstream: redis.unix, configuration: "workers 3\nlog-format text\n" + configuration)
    }

    private static func append(_ lines: String, to proxy: FreshetProcess) throws {
        let text = try FileSystem.readText(proxy.configurationPath)
        try FileSystem.write(text + lines + "\n", to: proxy.configurationPath)
    }

    @Test("fault 128: a reload reaches every worker and drops no connection")
    func everyWorker() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis)
        let clients = try (0..<40).map { _ in try RawClient(proxy.tcp) }
        for client in clients { #expect(try client.command("TIME").elements?.count == 2) }
        // The engine has one link; each worker that serves clients has links of its own.
        let names = try redis.command("CLIENT", "LIST").text ?? ""
        let shared = names.split(separator: "\n").count { $0.contains("name=freshet:shared ") }
        #expect(shared >= 2, "the sessions are spread over the workers")
        #expect(
            proxy.log.split(separator: "\n").count { $0.contains("Redis is reachable") } == 1,
            "once a process")
        try Self.append("deny TIME", to: proxy)
        proxy.signal(SIGHUP)
        for client in clients {
            try waitUntil("the new rule") {
                try client.command("TIME").text?.hasPrefix("NOPERM freshet:") == true
            }
        }
        #expect(try proxy.metric("freshet_config_generation") == 2)
    }

    @Test("fault 129: a file with an error keeps the old configuration, and the metric says so")
    func invalid() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis)
        try Self.append("deny TIME\ntagg a b", to: proxy)
        proxy.signal(SIGHUP)
        try waitUntil("the metric") { try proxy.metric("freshet_config_last_reload_successful") == 0 }
        #expect(try RawClient(proxy.tcp).command("TIME").elements?.count == 2)
        #expect(proxy.log.contains("did you mean 'tag'?"))
        #expect(try proxy.metric("freshet_config_generation") == 1)
    }

    @Test("fault 130: directives that need a restart are named in the log")
    func needsRestart() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis)
        try Self.append("workers 1\ntcp-keepalive 7s\ndeny TIME", to: proxy)
        proxy.signal(SIGHUP)
        try waitUntil("the log") { proxy.log.contains("takes effect after a restart") }
        let line = proxy.log.split(separator: "\n").first { $0.contains("takes effect after a restart") }
        #expect(line?.contains("workers tcp-keepalive") == true, "\(line ?? "")")
        #expect(line?.contains("warning") == true && line?.contains("deny") == false)
    }

    @Test("fault 131: a storm of SIGHUPs is a few reloads, and the last change is in force")
    func storm() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis)
        let client = try RawClient(proxy.tcp)
        for _ in 0..<3000 {
            proxy.signal(SIGHUP)
            #expect(try client.command("PING") == .simple("PONG"))
        }
        try Self.append("deny TIME", to: proxy)
        proxy.signal(SIGHUP)
        try waitUntil("the last change") { try client.command("TIME").isError }
        #expect(try #require(try proxy.metric("freshet_config_generation")) < 50)
    }

    @Test("SIGQUIT writes the state to the log and changes nothing")
    func dump() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis)
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("PING") == .simple("PONG"))
        proxy.signal(SIGQUIT)
        for part in [
            "state: Upstream", "state: worker 0", "state: worker 2", "state: engine", "clients-ever=",
        ] {
            try waitUntil(part) { proxy.log.contains(part) }
        }
        #expect(try client.command("PING") == .simple("PONG"))
    }

    @Test("SIGUSR1 opens the audit file again after it was moved away")
    func reopen() throws {
        let redis = try RedisServer()
        let directory = try TemporaryDirectory()
        let audit = directory.path + "/audit.jsonl"
        let proxy = try Self.proxy(redis, "audit-file \(audit)")
        try waitUntil("the first record") { FileSystem.exists(audit) }
        #expect(unsafe rename(audit, audit + ".old") == 0)
        proxy.signal(SIGUSR1)
        try waitUntil("the new file") { FileSystem.exists(audit) }
        proxy.signal(SIGHUP)
        try waitUntil("a record in it") { try FileSystem.readText(audit).contains("reload") }
    }

    @Test("a reload changes the log level")
    func logLevel() throws {
        let redis = try RedisServer()
        let proxy = try Self.proxy(redis, "log-level warning")
        #expect(!proxy.log.contains("freshet is ready"))
        try Self.append("log-level notice", to: proxy)
        proxy.signal(SIGHUP)
        try waitUntil("a notice") { proxy.log.contains("configuration reloaded") }
    }
}
