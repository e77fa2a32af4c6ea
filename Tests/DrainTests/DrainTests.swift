import TestSupport
import Testing

@Suite("Drains")
struct DrainTests {
    @Test("a large tag goes whole, and leaves nothing of itself behind")
    func large() throws {
        let stage = try DrainStage("tag p:** all")
        try stage.fill("p:", 5000, tag: "all")
        try stage.fill("q:", 10, tag: "other")
        #expect(try stage.deleted("TAG", "all") == 5000)
        #expect(try stage.count("p:*") == 0)
        #expect(try stage.count("q:*") == 10)
        try stage.waitUntilDrained()
        #expect(try stage.count("freshet:*") == 1, "the index of the other tag is all that is left")
    }

    @Test(
        "keys just written and protected ones stay, in small tags and in large ones", arguments: [20, 3000])
    func stays(_ size: Int) throws {
        let stage = try DrainStage(
            "cycles allow\ntag p:** all\nprotect p:safe:**\nrule r on p:trigger invalidate tag:all")
        try stage.fill("p:", size, tag: "all")
        for key in ["p:safe:1", "p:safe:2"] {
            _ = try stage.direct.command("SET", key, "x")
            _ = try stage.direct.command("SADD", "freshet:tag:all", key)
        }
        #expect(try stage.client.command("SET", "p:trigger", "x") == .simple("OK"))
        try waitUntil("all but three to be gone") { try stage.count("p:*") == 3 }
        #expect(try stage.direct.command("EXISTS", "p:trigger", "p:safe:1", "p:safe:2") == .integer(3))
        #expect(try stage.members("freshet:tag:all").contains("p:trigger"))
        try stage.waitUntilDrained()
    }

    @Test("what depends on the members of a large tag goes as well, and cycles end")
    func dependents() throws {
        let stage = try DrainStage(
            """
            cycles allow
            tag p:** all
            depend view:{id} on p:{id}
            depend page:{lang}:{id} on view:{id}
            depend p:{id} on page:{lang}:{id}
            """)
        for number in 1...2000 where number % 10 == 0 {
            // Through the proxy, for it is recorded; what that invalidates is not there yet.
            _ = try stage.client.command("SET", "page:en:\(number)", "x")
            _ = try stage.direct.command("SET", "view:\(number)", "x")
        }
        try stage.fill("p:", 2000, tag: "all")
        #expect(try stage.deleted("TAG", "all") == 2400)
        #expect(try stage.count("view:*") == 0 && stage.count("page:*") == 0 && stage.count("p:*") == 0)
        try stage.waitUntilDrained()
    }

    @Test("clients neither see nor change drain sets")
    func hidden() throws {
        let stage = try DrainStage("drain-rate 10\ntag p:** all")
        try stage.fill("p:", 2000, tag: "all")
        #expect(try stage.ask("INVALIDATE", "TAG", "all", "ASYNC")["queued"] != nil)
        try waitUntil("a drain set") { try stage.count("freshet:drain:*") == 1 }
        let keys = try stage.client.command("KEYS", "*").elements?.compactMap(\.text) ?? []
        #expect(!keys.isEmpty && keys.allSatisfy { !$0.hasPrefix("freshet:") })
        #expect(try stage.client.command("DEL", "freshet:drains").isError)
        #expect(try stage.client.command("SADD", "freshet:drain:x", "y").isError)
    }

    @Test("a key written while its tag is drained stays reachable by the tag")
    func concurrentWrites() throws {
        let stage = try DrainStage("drain-rate 4000\ntag p:** all")
        try stage.fill("p:", 6000, tag: "all")
        #expect(try stage.ask("INVALIDATE", "TAG", "all", "ASYNC")["queued"] != nil)
        var number = 0
        try waitUntil("the end of the drain", withinMilliseconds: 30_000) {
            number += 1
            _ = try stage.client.command("SET", "p:\(number % 6000 + 1)", "new")
            return try stage.direct.command("EXISTS", "freshet:drains") == .integer(0)
                && stage.count("p:*") < 6000
        }
        let left = try stage.direct.command("KEYS", "p:*").elements?.compactMap(\.text) ?? []
        #expect(Set(left).isSubset(of: try stage.members("freshet:tag:all")), "\(left.count) keys are left")
        #expect(try stage.deleted("TAG", "all") == left.count)
        #expect(try stage.count("p:*") == 0)
    }

    @Test("at full speed, what is protected stays, and dependents of members go")
    func fullSpeed() throws {
        let stage = try DrainStage(
            """
            drain-latency 0
            tag p:** all
            depend view:{id} on p:{id}
            protect p:keep:**
            """)
        try stage.fill("p:", 4000, tag: "all")
        try stage.fill("p:keep:", 50, tag: "all")
        for number in [1, 1500, 4000] { _ = try stage.direct.command("SET", "view:\(number)", "x") }
        #expect(try stage.deleted("TAG", "all") == 4003)
        #expect(try stage.count("p:*") == 50)
        #expect(try stage.count("view:*") == 0)
        try stage.waitUntilDrained()
    }

    @Test("a drain removes no more keys than drain-rate allows")
    func rate() throws {
        let stage = try DrainStage("drain-rate 1000\ntag p:** all")
        try stage.fill("p:", 4000, tag: "all")
        let clock = ContinuousClock()
        let started = clock.now
        #expect(try stage.ask("INVALIDATE", "TAG", "all", "ASYNC")["queued"] != nil)
        try waitUntil("a part of the keys to be gone") { try stage.count("p:*") < 3500 }
        let gone = try 4000 - stage.count("p:*")
        let seconds = (clock.now - started) / .seconds(1)
        // A step of SSCAN may bring a few more than asked for.
        #expect(Double(gone) <= seconds * 1000 + 100, "\(gone) keys in \(seconds) s")
    }

    @Test("a tag of fifteen keys costs Redis two commands, which is two round trips at most")
    func roundTrips() throws {
        let stage = try DrainStage("tag p:** all")
        try stage.fill("p:", 15, tag: "all")
        #expect(try stage.deleted("TAG", "warm") == 0)
        let before = try calls(stage)
        #expect(try stage.deleted("TAG", "all") == 15)
        let after = try calls(stage)
        #expect(after - before == 2, "the script that takes the members, and the look for tags below")
    }

    @Test("an invalidation of fifteen keys takes two round trips: the client's to Freshet, and one to Redis")
    func roundTripsOnTheWire() throws {
        let redis = try RedisServer()
        let toRedis = try FaultProxy(to: redis.unix)
        let stage = try DrainStage("tag p:** all", redis: redis, upstream: toRedis.endpoint)
        let toAdmin = try FaultProxy(to: stage.proxy.admin)
        let client = try RawClient(toAdmin.endpoint)
        _ = try client.command("FRESHET", "INVALIDATE", "TAG", "warm")
        // Freshet asks Redis how it is now and then: the least of some attempts is the invalidation's own.
        var least = Int.max
        for _ in 0..<10 where least > 2 {
            try stage.fill("p:", 15, tag: "all")
            let before = turns(toRedis) + turns(toAdmin)
            let reply = try client.command("FRESHET", "INVALIDATE", "TAG", "all")
            #expect(reply.elements?[1] == .integer(15))
            least = min(least, turns(toRedis) + turns(toAdmin) - before)
        }
        #expect(least == 2)
    }

    private func turns(_ line: FaultProxy) -> Int { line.connections.reduce(0) { $0 + $1.turns } }

    /// Calls from outside of what an invalidation uses.
    private func calls(_ stage: DrainStage) throws -> Int {
        let text = try stage.direct.command("INFO", "commandstats").text ?? ""
        return text.split(separator: "\r\n").reduce(0) { sum, line in
            let isMeant = ["eval:", "evalsha:", "sscan:"].contains { line.hasPrefix("cmdstat_\($0)") }
            let number = line.split(separator: "=").dropFirst().first?.prefix { $0.isNumber }
            return isMeant ? sum + (number.flatMap { Int($0) } ?? 0) : sum
        }
    }
}
