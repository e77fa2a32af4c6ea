import TestSupport
import Testing

@Suite("Failover of applications")
struct FailoverTests {
    private static let seed = ["SET page:7 old", "SET product:7:price old", "SET other old"]

    @Test("with reads, the fallback answers reads, and what may write is refused in Redis's manner")
    func reads() throws {
        let couple = try Couple(failover: "reads", seed: Self.seed)
        couple.primary.stop()
        try couple.waitUntilServing("fallback")
        #expect(try couple.insist("GET other") == .bulk("old"))
        let client = try RawClient(couple.proxy.unix)
        let writes = [
            "SET other x", "DEL other", "EVAL \"return 1\" 0", "FLUSHALL", "SORT other", "NOSUCH x",
        ]
        for line in writes {
            #expect(try client.run(line).text?.hasPrefix("READONLY freshet: ") == true, "\(line)")
        }
        try client.run("MULTI")
        #expect(try client.run("SET other x").text?.hasPrefix("READONLY") == true)
        #expect(try client.run("EXEC").text?.hasPrefix("EXECABORT") == true)
        let large = try client.command("SET", "other", String(repeating: "v", count: 200_000))
        #expect(large.text?.hasPrefix("READONLY") == true)
        #expect(try couple.fallback.run("GET other") == .bulk("old"))
        #expect(try AdminHTTP.get("/readyz?verbose", from: couple.proxy.admin).body.contains("reads only"))
    }

    @Test(
        "with all, applications write to the fallback, and come back to a primary that forgot what they changed"
    )
    func wayBack() throws {
        let couple = try Couple(failover: "all", seed: Self.seed)
        couple.primary.stop()
        try couple.waitUntilServing("fallback")
        #expect(try couple.insist("SET product:7:price 9") == .simple("OK"))
        try couple.fallback.waitUntilGone(["page:7"])
        #expect(try couple.insist("SET other new") == .simple("OK"))
        try couple.primary.start()
        try couple.waitUntilServing("primary")
        // Nothing that was changed meanwhile may be read as it was.
        #expect(try couple.insist("MGET page:7 product:7:price other") == .array([.null, .null, .null]))
        #expect(try couple.insist("SET other newest") == .simple("OK"))
        #expect(try couple.primary.run("GET other") == .bulk("newest"))
        try couple.fallback.waitUntilGone(["other"])
    }

    @Test("without failover nothing goes to the fallback, however long the primary is away")
    func off() throws {
        let couple = try Couple(failover: "off", seed: Self.seed)
        couple.primary.stop()
        try waitUntil("it is away") { try !couple.isUp("primary") }
        for _ in 1...20 {
            let text = try RawClient(couple.proxy.unix).run("GET other").text
            #expect(text?.hasPrefix("ERR freshet: upstream unavailable") == true)
        }
        #expect(try couple.proxy.metric("freshet_serving{role=\"primary\"}") == 1)
        #expect(try AdminHTTP.get("/readyz", from: couple.proxy.admin).status == 503)
        try couple.primary.start()
        #expect(try couple.insist("GET other") == .bulk("old"))
    }

    @Test("a hanging primary is left, and what it wakes up to do late is not read afterwards")
    func hanging() throws {
        let couple = try Couple(failover: "all", seed: Self.seed)
        let client = try RawClient(couple.proxy.unix)
        try client.run("GET other")
        couple.primary.pause()
        // Redis has it, in its socket's buffer, and will do it when it goes on.
        try client.sendCommand("SET", "other", "late")
        try couple.waitUntilServing("fallback")
        #expect(try client.readToEnd().isEmpty, "who waited is told as if Redis had gone away")
        #expect(try couple.insist("GET other") == .null, "nobody knows what other is")
        #expect(try couple.insist("SET other new") == .simple("OK"))
        couple.primary.resume()
        try couple.waitUntilServing("primary")
        #expect(try couple.insist("GET other") == .null)
    }

    @Test("transactions, watches, subscriptions and blocking commands end as if Redis had gone away")
    func pinned() throws {
        let couple = try Couple(failover: "all", seed: Self.seed)
        let clients = try (0..<4).map { _ in try RawClient(couple.proxy.unix) }
        try clients[0].run("MULTI")
        try clients[0].run("SET other x")
        try clients[1].run("WATCH other")
        try clients[2].run("SUBSCRIBE news")
        try clients[3].sendCommand("BLPOP", "none", "0")
        couple.primary.pause()
        try couple.waitUntilServing("fallback")
        for client in clients { #expect(try client.readToEnd().isEmpty) }
        let back = try (0..<3).map { _ in try RawClient(couple.proxy.unix) }
        try back[0].run("MULTI")
        try back[1].run("SUBSCRIBE news")
        #expect(try back[2].run("GET product:7:price") == .bulk("old"))
        couple.primary.resume()
        try couple.waitUntilServing("primary")
        for client in back[0...1] { #expect(try client.readToEnd().isEmpty) }
        #expect(try back[2].run("PING") == .simple("PONG"), "who had nothing in flight stays")
    }

    @Test("a primary that refuses writes is left with all, and kept with reads", arguments: ["reads", "all"])
    func readOnly(failover: String) throws {
        let couple = try Couple(failover: failover, seed: Self.seed)
        try couple.primary.run("REPLICAOF 127.0.0.1 1")
        if failover == "all" {
            try couple.waitUntilServing("fallback")
            #expect(try couple.insist("SET other new") == .simple("OK"))
        } else {
            try waitUntil("it is known") { couple.proxy.log.contains("Redis is a replica") }
            #expect(try couple.insist("GET other") == .bulk("old"))
            #expect(try couple.insist("SET other x").text?.hasPrefix("READONLY You can't") == true)
        }
        try couple.primary.run("REPLICAOF NO ONE")
        try couple.waitUntilServing("primary")
        try waitUntil("it takes writes") { try couple.insist("SET mine x") == .simple("OK") }
        #expect(try couple.insist("GET other") == (failover == "all" ? .null : .bulk("old")))
    }

    @Test("applications do not go to a fallback that has not done what it is owed")
    func owing() throws {
        let couple = try Couple(failover: "all", "failover-pause 300ms", seed: Self.seed)
        try couple.fallback.run("REPLICAOF 127.0.0.1 1")
        #expect(try couple.insist("SET other new") == .simple("OK"))
        try waitUntil("it is owed something") { try couple.information("owed_to_fallback") != "0" }
        couple.primary.stop()
        try waitUntil("it is away") { try !couple.isUp("primary") }
        try couple.fallback.run("REPLICAOF NO ONE")
        try couple.waitUntilServing("fallback")
        #expect(try couple.insist("GET other") == .null)
    }

    @Test("who goes away again soon is trusted later each time")
    func flapping() throws {
        let couple = try Couple(failover: "all", seed: Self.seed)
        for round in 1...3 {
            couple.primary.stop()
            try couple.waitUntilServing("fallback")
            #expect(try couple.insist("SET other \(round)") == .simple("OK"))
            try couple.primary.start()
            try couple.waitUntilServing("primary")
            #expect(try couple.insist("GET other") == .null)
            try couple.primary.run("SET other stale")
        }
        let total = try couple.proxy.metric("freshet_failovers_total{to=\"fallback\",result=\"done\"}")
        #expect(total == 3)
        #expect(try couple.information("failback_after_ms") == "800")
        try waitUntil("a record of each") {
            let audit = try FileSystem.readText(couple.auditPath)
            return audit.split(separator: "\n").count { $0.contains("\"kind\":\"failover\"") } >= 6
        }
    }

    @Test("several workers move together")
    func workers() throws {
        let couple = try Couple(failover: "all", "workers 2", seed: Self.seed)
        couple.primary.stop()
        try couple.waitUntilServing("fallback")
        for number in 1...10 {
            let client = try RawClient(couple.proxy.tcp)
            #expect(try client.run("SET key:\(number) x") == .simple("OK"))
        }
        #expect(try couple.fallback.run("EXISTS key:1 key:10") == .integer(2))
        try couple.primary.start()
        try couple.waitUntilServing("primary")
        for number in 1...10 {
            let client = try RawClient(couple.proxy.tcp)
            #expect(try client.run("SET again:\(number) x") == .simple("OK"))
        }
        #expect(try couple.primary.run("EXISTS again:1 again:10") == .integer(2))
    }
}
