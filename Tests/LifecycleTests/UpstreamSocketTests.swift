import TestSupport
import Testing

@Suite("Sockets: the upstream's side")
struct UpstreamSocketTests {
    @Test(
        "fault 80: out of local ports, a client that needs a new link is told so, and later ones are served",
        .enabled(if: Surroundings.hasNamespaces))
    func localPorts() throws {
        let network = try Network()
        let redis = try network.startRedis(port: 7000)
        try Network.run(
            network.enter + ["sh", "-c", "echo 40000 40009 >/proc/sys/net/ipv4/ip_local_port_range"])
        let proxy = try FreshetProcess(
            upstream: .tcp(7000), configuration: "log-format text",
            wrapper: network.enter, environment: dedicatedLinks, until: .socket)
        var clients: [RawClient] = []
        var refusal: String?
        while refusal == nil, clients.count < 30 {
            let client = try RawClient(proxy.unix)
            let reply = try client.command("PING")
            if reply == .simple("PONG") { clients.append(client) } else { refusal = reply.text }
        }
        #expect(
            refusal?.hasPrefix("ERR freshet: upstream unavailable: cannot connect to 127.0.0.1:7000") == true)
        #expect(refusal?.contains("Cannot assign requested address") == true, "\(refusal ?? "")")
        #expect(proxy.log.contains("cannot open another link to Redis"))
        for client in clients { #expect(try client.command("PING") == .simple("PONG"), "established ones") }
        clients = []
        try waitUntil("a port", withinMilliseconds: 30_000) {
            try RawClient(proxy.unix).command("PING") == .simple("PONG")
        }
        redis.process.terminate()
    }

    @Test(
        "fault 81: a Redis whose machine is gone is noticed, with bytes in flight and without",
        .enabled(if: Surroundings.hasNamespaces))
    func halfOpenUpstream() throws {
        let network = try Network()
        let redis = try network.startRedis(port: 7000)
        let proxy = try FreshetProcess(
            upstream: redis.socket,
            configuration: "upstream redis://\(network.inside):7000\ntcp-keepalive 3s\nlog-format text")
        let blocked = try RawClient(proxy.tcp, limitMilliseconds: 30_000)
        let asking = try RawClient(proxy.tcp, limitMilliseconds: 30_000)
        #expect(try asking.command("PING") == .simple("PONG"))
        try blocked.sendCommand("BLPOP", "none", "0")
        try waitUntil("the blocked client") {
            try HiredisClient(redis.socket).command("CLIENT", "LIST").text?.contains("cmd=blpop") == true
        }
        try network.cut()
        try asking.sendCommand("GET", "k")
        #expect(try asking.readToEnd().isEmpty, "no invented reply")
        #expect(try blocked.readToEnd().isEmpty)
        #expect(proxy.log.contains("the machine of Redis acknowledges nothing"))
        try waitUntil("the metric") {
            try proxy.metric("freshet_limits_hit_total{limit=\"tcp-keepalive\"}") ?? 0 > 0
        }
        try waitUntil("503") { try AdminHTTP.get("/readyz", from: proxy.admin).status == 503 }
    }

    @Test("fault 83: a reply that Redis cuts off is passed on as far as it came, and the client closed")
    func resetMidReply() throws {
        let server = try ScriptedServer(.tcp(try Endpoint.freePort())) { _, command in
            guard command.first == "GET" else { return ScriptedServer.plain(command) }
            return command.last == "cut" ? .reset(after: "$10\r\nabc") : .silence
        }
        let proxy = try FreshetProcess(upstream: server.endpoint, configuration: "links-per-group 1")
        let bystander = try RawClient(proxy.tcp)
        #expect(try bystander.command("PING") == .simple("PONG"))
        let waiting = try RawClient(proxy.tcp)
        let client = try RawClient(proxy.tcp)
        try client.sendCommand("GET", "cut")
        let bytes = try client.readToEnd()
        #expect("$10\r\nabc".hasPrefix(String(decoding: bytes, as: UTF8.self)))
        try waiting.sendCommand("PING")
        #expect(try waiting.readFrame().reply == .simple("PONG"), "a client with nothing in flight goes on")
        #expect(try bystander.command("PING") == .simple("PONG"))
    }

    @Test("fault 91: while Redis hangs clients wait, readiness ends, and all goes on where it was")
    func hanging() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "probe-interval 100ms\nprobe-timeout 500ms\nlog-format text")
        let client = try RawClient(proxy.tcp, limitMilliseconds: 30_000)
        #expect(try client.command("SET", "k", "1") == .simple("OK"))
        redis.pause()
        try client.sendCommand("INCR", "k")
        let new = try RawClient(proxy.tcp, limitMilliseconds: 30_000)
        try new.sendCommand("PING")
        try waitUntil("503") { try AdminHTTP.get("/readyz", from: proxy.admin).status == 503 }
        let reason = try AdminHTTP.get("/readyz", from: proxy.admin).body
        #expect(reason.contains("Redis has not answered for 0.5 seconds"), "\(reason)")
        #expect(try proxy.metric("freshet_upstream_up{role=\"primary\"}") == 0)
        redis.resume()
        #expect(try client.readFrame().reply == .integer(2))
        #expect(try new.readFrame().reply == .simple("PONG"))
        try waitUntil("200") { try AdminHTTP.get("/readyz", from: proxy.admin).status == 200 }
        #expect(proxy.log.split(separator: "\n").count { $0.contains("Redis does not serve") } == 1)
    }

    @Test("fault 93: a client of an upstream that refuses is told why and closed")
    func refused() throws {
        let proxy = try FreshetProcess(
            upstream: .tcp(try Endpoint.freePort()), configuration: "workers 2\nlog-format text",
            until: .listening)
        for _ in 0..<10 {
            let client = try RawClient(proxy.tcp)
            let text = try client.command("PING").text ?? ""
            #expect(text.hasPrefix("ERR freshet: upstream unavailable: cannot connect to 127.0.0.1:"))
            #expect(text.contains("Connection refused"))
            #expect(try client.readToEnd().isEmpty)
        }
        #expect(
            proxy.log.split(separator: "\n").count { $0.contains("Redis is not reachable") } == 1,
            "said once by the process, not by each loop")
    }
}
