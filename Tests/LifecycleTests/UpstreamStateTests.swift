import Synchronization
import TestSupport
import Testing

@Suite("States of the upstream")
struct UpstreamStateTests {
    /// A flag that a test sets and a scripted server reads.
    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isSet: Bool { value.withLock { $0 } }
        func set(_ new: Bool) { value.withLock { $0 = new } }
    }

    /// Waits until Freshet knows the server as it is.
    private static func awaitProbe(_ server: ScriptedServer) throws {
        try waitUntil("a probe") { server.commands.count { $0 == ["INFO", "replication"] } >= 2 }
    }

    private static func expectNotReady(_ proxy: FreshetProcess, _ reason: String) throws {
        var body = ""
        do {
            try waitUntil("503") {
                let answer = try AdminHTTP.get("/readyz", from: proxy.admin)
                body = answer.body
                return answer.status == 503 && body.contains(reason)
            }
        } catch {
            throw SupportError("\(error): expected '\(reason)' in /readyz, found '\(body)'")
        }
    }

    @Test(
        "faults 94 and 97: LOADING and MASTERDOWN are passed on, and readiness ends until they are over",
        arguments: [
            "LOADING Redis is loading the dataset in memory",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        ])
    func passing(error: String) throws {
        let refuses = Flag()
        let server = try ScriptedServer { _, command in
            refuses.isSet && command.first != "CLIENT" && command.first != "INFO"
                ? .reply("-\(error)\r\n") : ScriptedServer.plain(command)
        }
        let proxy = try FreshetProcess(upstream: server.endpoint, configuration: "probe-interval 100ms")
        let client = try RawClient(proxy.tcp)
        refuses.set(true)
        #expect(try client.command("GET", "k") == .error(error))
        try Self.expectNotReady(proxy, error)
        refuses.set(false)
        try waitUntil("200") { try AdminHTTP.get("/readyz", from: proxy.admin).status == 200 }
        #expect(try client.command("GET", "k") == .bulk("k"))
    }

    @Test(
        "fault 95: work of the engine that Redis refuses for the moment is tried until it is done",
        arguments: [
            "BUSY a script is running", "MISCONF cannot persist", "READONLY a replica", "OOM too much",
        ])
    func engineRetries(error: String) throws {
        let refusals = Mutex(6)
        let server = try ScriptedServer { _, command in
            guard command.first == "UNLINK" else { return ScriptedServer.plain(command) }
            let refuses = refusals.withLock { left in
                left -= 1
                return left >= 0
            }
            return .reply(refuses ? "-\(error)\r\n" : ":1\r\n")
        }
        let proxy = try FreshetProcess(
            upstream: server.endpoint,
            configuration: "reconcile-on-start no\nlog-format text\ndepend page:{id} on product:{id}:price")
        #expect(try RawClient(proxy.tcp).command("SET", "product:7:price", "9") == .simple("OK"))
        try waitUntil("the seventh attempt", withinMilliseconds: 30_000) { server.count("UNLINK") == 7 }
        #expect(!proxy.log.contains("failed for good"))
        #expect(server.commands.last { $0.first == "UNLINK" } == ["UNLINK", "page:7"])
    }

    @Test("fault 95: out of memory does not keep the engine from removing")
    func outOfMemory() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix, configuration: "tag page:{id} product:{id}")
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("SET", "page:7", "x") == .simple("OK"))
        try redis.command("CONFIG", "SET", "maxmemory", "1")
        #expect(try client.command("SET", "page:8", "x").text?.hasPrefix("OOM ") == true)
        let admin = try RawClient(proxy.admin)
        #expect(try !admin.command("FRESHET", "INVALIDATE", "TAG", "product:7").isError)
        #expect(try client.command("EXISTS", "page:7") == .integer(0))
    }

    @Test("fault 96: when the master has become a replica every link is opened anew, and idle clients stay")
    func roleChange() throws {
        let isReplica = Flag()
        let server = try ScriptedServer { connection, command in
            switch command.first {
            case "GET": .reply(ScriptedServer.bulk("\(connection)"))
            default: ScriptedServer.plain(command, role: isReplica.isSet ? "slave" : "master")
            }
        }
        let proxy = try FreshetProcess(
            upstream: server.endpoint,
            configuration: "probe-interval 100ms\nlog-format text\nlinks-per-group 1",
            environment: sharedLinks)
        let client = try RawClient(proxy.tcp)
        let before = try #require(Int(try client.command("GET", "link").text ?? ""))
        try Self.awaitProbe(server)
        isReplica.set(true)
        try waitUntil("a new link") { Int(try client.command("GET", "link").text ?? "") ?? 0 > before }
        #expect(proxy.log.contains("Redis is a replica"))
        isReplica.set(false)
        try waitUntil("the note") { proxy.log.contains("Redis is a master again") }
    }

    @Test("fault 97: NOREPLICAS is passed on")
    func noReplicas() throws {
        let redis = try RedisServer(options: ["--min-replicas-to-write", "1"])
        let proxy = try FreshetProcess(upstream: redis.unix)
        #expect(try RawClient(proxy.tcp).command("SET", "k", "v").text?.hasPrefix("NOREPLICAS ") == true)
        #expect(try AdminHTTP.get("/readyz", from: proxy.admin).status == 200)
    }

    @Test(
        "fault 98: wrong or missing credentials of the engine end readiness, without a hot loop",
        arguments: [("redis://:wrong@", "WRONGPASS"), ("redis://", "NOAUTH")])
    func credentials(url: String, reason: String) throws {
        let redis = try RedisServer(options: ["--requirepass", "secret"])
        let proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: "upstream \(url)127.0.0.1:\(redis.port)\nlog-format text\nprobe-interval 100ms",
            until: .listening)
        try Self.expectNotReady(proxy, reason)
        let client = try RawClient(proxy.tcp)
        if reason == "NOAUTH" {
            #expect(try client.command("AUTH", "secret") == .simple("OK"))
            #expect(try client.command("PING") == .simple("PONG"))
        }
        // Probes go on at their interval, attempts to log in at the pace of reconnect-backoff.
        let admin = try HiredisClient(redis.tcp)
        #expect(try admin.command("AUTH", "secret") == .simple("OK"))
        _ = try admin.command("BLPOP", "none", "2")
        let stats = try admin.command("INFO", "stats").text ?? ""
        let line = stats.split(whereSeparator: \.isNewline).first {
            $0.hasPrefix("total_connections_received:")
        }
        let received = try #require(line.flatMap { Int($0.split(separator: ":")[1]) })
        #expect(received < 60, "\(received) connections")
    }

    @Test(
        "faults 99 and 100: what Redis says when it refuses a connection is said to clients and in /readyz",
        arguments: [
            "DENIED Redis is running in protected mode because protected mode is enabled",
            "ERR max number of clients reached",
        ])
    func refusedConnection(banner: String) throws {
        let server = try ScriptedServer(.tcp(try Endpoint.freePort()), greeting: "-\(banner)\r\n")
        let proxy = try FreshetProcess(
            upstream: server.endpoint, configuration: "log-format text", until: .listening)
        try Self.expectNotReady(proxy, banner)
        let text = try RawClient(proxy.tcp).command("PING").text ?? ""
        #expect(text == "ERR freshet: upstream unavailable: Redis refused the connection: \(banner)")
        #expect(proxy.log.split(separator: "\n").count { $0.contains(banner) } == 1)
    }

    @Test(
        "fault 100: at the client limit of Redis new links are refused, and it recovers"
    )
    func maxClients() throws {
        let redis = try RedisServer(options: ["--maxclients", "12"])
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "log-format text", environment: dedicatedLinks)
        var clients: [RawClient] = []
        var refusal: String?
        while refusal == nil, clients.count < 20 {
            let client = try RawClient(proxy.tcp)
            let reply = try client.command("PING")
            if reply == .simple("PONG") { clients.append(client) } else { refusal = reply.text }
        }
        #expect(refusal?.contains("ERR max number of clients reached") == true, "\(refusal ?? "")")
        for client in clients { #expect(try client.command("PING") == .simple("PONG")) }
        #expect(try AdminHTTP.get("/readyz", from: proxy.admin).status == 200)
        #expect(proxy.log.split(separator: "\n").count { $0.contains("cannot open another link") } == 1)
        clients = []
        try waitUntil("room", withinMilliseconds: 20_000) {
            try RawClient(proxy.tcp).command("PING") == .simple("PONG")
        }
    }

    @Test("fault 101: a Redis that comes back with other commands has its command table read again")
    func otherCommands() throws {
        let isNew = Flag()
        let store = "*1\r\n*6\r\n$5\r\nstore\r\n:3\r\n*1\r\n+write\r\n:1\r\n:1\r\n:1\r\n"
        let server = try ScriptedServer { _, command in
            switch command.first {
            case "COMMAND": isNew.isSet ? .reply(store) : .reply("*0\r\n")
            default: ScriptedServer.plain(command, runId: isNew.isSet ? "2" : "1")
            }
        }
        let proxy = try FreshetProcess(
            upstream: server.endpoint,
            configuration: "probe-interval 100ms\ndepend page:{id} on product:{id}:price")
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("STORE", "product:7:price", "1") == .simple("OK"))
        #expect(server.count("UNLINK") == 0, "nobody knows yet what STORE does")
        try Self.awaitProbe(server)
        isNew.set(true)
        try waitUntil("the new table") {
            try client.command("STORE", "product:7:price", "2") == .simple("OK") && server.count("UNLINK") > 0
        }
    }

    @Test(
        "fault 102: a Redis without HELLO is served: the engine logs in with AUTH, HELLO's error is passed on"
    )
    func withoutHello() throws {
        let redis = try RedisServer(options: ["--rename-command", "HELLO", "", "--requirepass", "secret"])
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "upstream redis://:secret@127.0.0.1:\(redis.port)")
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("HELLO", "3").text?.hasPrefix("ERR unknown command 'HELLO'") == true)
        #expect(try client.command("AUTH", "secret") == .simple("OK"))
        #expect(try client.command("SET", "k", "v") == .simple("OK"))
    }

    @Test("fault 70: Redis shows links by what they are for, and a killed one ends as a connection does")
    func names() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "links-per-group 1", environment: sharedLinks)
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("PING") == .simple("PONG"))
        let blocked = try RawClient(proxy.tcp)
        try blocked.sendCommand("BLPOP", "none", "0")
        for name in ["freshet:shared", "freshet:engine", "freshet:pinned"] {
            try waitUntil(name) {
                try redis.command("CLIENT", "LIST").text?.contains("name=\(name) ") == true
            }
        }
        let list = try redis.command("CLIENT", "LIST").text ?? ""
        let line = try #require(list.split(separator: "\n").first { $0.contains("name=freshet:pinned ") })
        let number = try #require(line.split(separator: " ").first { $0.hasPrefix("id=") }?.dropFirst(3))
        #expect(try redis.command("CLIENT", "KILL", "ID", String(number)) == .integer(1))
        #expect(try blocked.readToEnd().isEmpty)
        #expect(try client.command("PING") == .simple("PONG"))
    }
}
