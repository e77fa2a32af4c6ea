import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Sockets: descriptors and storms")
struct DescriptorTests {
    @Test("fault 77: out of descriptors, one line is logged, a reserve stays, and accepting resumes")
    func exhaustion() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "log-format text", wrapper: limited(descriptors: 150))
        let first = try RawClient(proxy.tcp)
        #expect(try first.command("PING") == .simple("PONG"))
        var crowd = try (0..<200).map { _ in try RawClient(proxy.tcp) }
        try waitUntil("a log line about it") { proxy.log.contains("cannot accept clients") }
        #expect(try first.command("PING") == .simple("PONG"), "an established client is served on")
        #expect(try first.command("BLPOP", "none", "0.01") == .null, "even with a link of its own")
        let process = try #require(proxy.identifier)
        #expect(Surroundings.openDescriptors(of: process) <= 150 - 32 + 8)
        #expect(try AdminHTTP.get("/readyz", from: proxy.admin).status == 200, "operators still get in")
        #expect(proxy.log.split(separator: "\n").count { $0.contains("cannot accept clients") } == 1)
        #expect(crowd.count == 200)
        crowd = []
        try waitUntil("accepting again") { proxy.log.contains("clients are accepted again") }
        let late = try RawClient(proxy.tcp)
        #expect(try late.command("PING") == .simple("PONG"))
    }

    @Test("fault 78: connections reset before they were accepted do no harm")
    func aborted() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix)
        let line = try FaultProxy(to: proxy.tcp)
        proxy.signal(SIGSTOP)
        let clients = try (0..<50).map { _ in try RawClient(line.endpoint) }
        try waitUntil("the connections") { line.connections.count == clients.count }
        line.reset()
        proxy.signal(SIGCONT)
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("PING") == .simple("PONG"))
        #expect(!proxy.log.contains("cannot accept"))
    }

    @Test(
        "fault 79: five thousand clients at once are all served",
        .enabled(if: Surroundings.descriptors >= 12_000))
    func storm() throws {
        let redis = try RedisServer(options: ["--maxclients", "6000"])
        let proxy = try FreshetProcess(upstream: redis.unix, configuration: "workers 2")
        let old = try RawClient(proxy.tcp)
        #expect(try old.command("PING") == .simple("PONG"))
        var crowd: [RawClient] = []
        for number in 0..<5000 {
            let client = try RawClient(proxy.tcp, limitMilliseconds: 30_000)
            try client.sendCommand("ECHO", "\(number)")
            crowd.append(client)
            if number % 500 == 0 { #expect(try old.command("ECHO", "old") == .bulk("old")) }
        }
        for (number, client) in crowd.enumerated() {
            let reply = try client.readFrame().reply
            #expect(reply == .bulk("\(number)"))
        }
    }

    @Test("fault 87: SIGPIPE is ignored")
    func pipe() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix)
        proxy.signal(SIGPIPE)
        let client = try RawClient(proxy.tcp)
        #expect(try client.command("PING") == .simple("PONG"))
        let ignored = try FileSystem.readText("/proc/\(try #require(proxy.identifier))/status")
            .split(separator: "\n").first { $0.hasPrefix("SigIgn:") }?.split(separator: "\t").last
        let mask = try #require(ignored.flatMap { UInt64($0, radix: 16) })
        #expect(mask & (1 << (UInt64(SIGPIPE) - 1)) != 0)
    }
}
