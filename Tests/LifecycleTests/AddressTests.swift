import TestSupport
import Testing

@Suite("Addresses and names")
struct AddressTests {
    private static func check(_ configuration: String) throws -> (exit: ChildProcess.Exit, output: String) {
        let directory = try TemporaryDirectory()
        try FileSystem.write(configuration, to: directory.path + "/proxy.conf")
        return try FreshetProcess.run(["check", directory.path + "/proxy.conf"])
    }

    @Test(
        "fault 88: an upstream that is the proxy itself is refused",
        arguments: [
            "listen 127.0.0.1:7001\nupstream redis://127.0.0.1:7001",
            "listen 127.0.0.1:7001\nupstream redis://localhost:7001",
            "listen 0.0.0.0:7001\nupstream redis://127.0.0.1:7001",
            "listen [::]:7001\nupstream redis://[::1]:7001",
            "listen unix:/run/f.sock\nupstream unix:///run/f.sock",
            "listen 127.0.0.1:7002\nadmin 127.0.0.1:7001\nupstream redis://127.0.0.1:7001",
        ])
    func ownAddress(configuration: String) throws {
        let result = try Self.check(configuration)
        #expect(result.exit == .code(78))
        #expect(result.output.contains("Freshet would forward to itself"), "\(result.output)")
    }

    @Test("fault 88: a loop that only shows at run time is refused at every link")
    func loop() throws {
        let port = try Endpoint.freePort()
        // 0x7f.1 is a name to the configuration and 127.0.0.1 to the resolver.
        let proxy = try FreshetProcess(
            upstream: .tcp(port), configuration: "listen 0.0.0.0:\(port)\nupstream redis://0x7f.1:\(port)",
            until: .listening)
        let reply = try RawClient(proxy.tcp).command("PING")
        #expect(reply.text?.contains("is this proxy itself") == true, "\(reply)")
        try waitUntil("the reason in /readyz") {
            let answer = try AdminHTTP.get("/readyz", from: proxy.admin)
            return answer.status == 503 && answer.body.contains("is this proxy itself")
        }
    }

    @Test("fault 89: IPv6 on both sides", .enabled(if: FileSystem.exists("/proc/net/if_inet6")))
    func version6() throws {
        let redis = try RedisServer(options: ["--bind", "127.0.0.1", "::1"])
        let port = try Endpoint.freePort()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "upstream redis://[::1]:\(redis.port)\nlisten [::1]:\(port)")
        let answer = try ChildProcess.run(["redis-cli", "-h", "::1", "-p", "\(port)", "ECHO", "six"])
        #expect(answer.output == "six\n")
        #expect(proxy.log.contains("[::1]:\(port)"))
    }

    @Test("fault 89: with a name that cannot be resolved it starts, is not ready, and says why")
    func unresolvable() throws {
        let proxy = try FreshetProcess(
            upstream: .tcp(1), configuration: "upstream redis://redis.invalid:6379", until: .listening)
        try waitUntil("the reason") {
            let answer = try AdminHTTP.get("/readyz", from: proxy.admin)
            return answer.status == 503 && answer.body.contains("cannot resolve 'redis.invalid'")
        }
        let text = try RawClient(proxy.tcp).command("PING").text ?? ""
        #expect(text.contains("cannot resolve 'redis.invalid'"), "\(text)")
    }

    @Test(
        "fault 89: a name that appears later is found, and each of its addresses is tried",
        .enabled(if: Surroundings.hasNamespaces))
    func appears() throws {
        let redis = try RedisServer()
        let directory = try TemporaryDirectory()
        let hosts = directory.path + "/hosts"
        try FileSystem.write("127.0.0.1 localhost\n", to: hosts)
        let proxy = try FreshetProcess(
            upstream: .tcp(1), configuration: "upstream redis://redis.test:\(redis.port)",
            wrapper: withHosts(hosts), until: .listening)
        try waitUntil("503") { try AdminHTTP.get("/readyz", from: proxy.admin).status == 503 }
        // Nobody listens on the first address.
        try FileSystem.write("127.0.0.9 redis.test\n127.0.0.1 redis.test\n", to: hosts)
        try waitUntil("200", withinMilliseconds: 30_000) {
            try AdminHTTP.get("/readyz", from: proxy.admin).status == 200
        }
        #expect(try RawClient(proxy.tcp).command("PING") == .simple("PONG"))
    }

    @Test(
        "faults 90 and 96: a new address is used by new links, old links stay until their Redis is a replica",
        .enabled(if: Surroundings.hasNamespaces))
    func failover() throws {
        let old = try RedisServer(options: ["--bind", "127.0.0.2"])
        let new = try ChildProcess(
            [
                "redis-server", "--port", "\(old.port)", "--bind", "127.0.0.3", "--save", "", "--unixsocket",
                old.directory.path + "/new.sock", "--dir", old.directory.path,
            ], outputPath: old.directory.path + "/new.log")
        let newSocket = Endpoint.unix(old.directory.path + "/new.sock")
        try waitUntil("the second Redis") {
            (try? HiredisClient(newSocket).command("SET", "who", "new")) != nil
        }
        try old.command("SET", "who", "old")
        let directory = try TemporaryDirectory()
        let hosts = directory.path + "/hosts"
        try FileSystem.write("127.0.0.2 redis.test\n", to: hosts)
        let proxy = try FreshetProcess(
            upstream: .tcp(1),
            configuration:
                "upstream redis://redis.test:\(old.port)\nprobe-interval 100ms\nlinks-per-group 1",
            wrapper: withHosts(hosts), environment: sharedLinks)
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("GET", "who") == .bulk("old"))
        try waitUntil("probes, to know the old one as a master") {
            let text = try old.command("INFO", "commandstats").text ?? ""
            let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_ping:calls=") }
            return Int(line?.dropFirst(19).prefix { $0.isNumber } ?? "") ?? 0 > 5
        }
        try FileSystem.write("127.0.0.3 redis.test\n", to: hosts)
        let pinned = try RawClient(proxy.tcp)
        _ = try pinned.command("MULTI")
        _ = try pinned.command("GET", "who")
        #expect(try pinned.command("EXEC") == .array([.bulk("new")]), "a new link leads to the new address")
        #expect(try client.command("GET", "who") == .bulk("old"), "an old one stays where it was")
        try old.command("REPLICAOF", "127.0.0.3", "1")
        try waitUntil("the links to the replica to be closed") {
            try client.command("SET", "k", "v") == .simple("OK")
        }
        #expect(try client.command("GET", "who") == .bulk("new"))
        new.terminate()
    }
}
