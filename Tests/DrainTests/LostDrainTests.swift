import TestSupport
import Testing

@Suite("Drains that are cut short")
struct LostDrainTests {
    private static let conventions = "tag p:** all\ndepend view:{id} on p:{id}\n"

    @Test("what a proxy has taken and not removed when it was killed is finished by the next")
    func killed() throws {
        let stage = try DrainStage(Self.conventions + "drain-rate 200")
        try stage.fill("p:", 3000, tag: "all")
        try stage.fill("view:", 3000, tag: "unused")
        #expect(try stage.ask("INVALIDATE", "TAG", "all", "ASYNC")["queued"] != nil)
        try waitUntil("the drain to have begun") { try stage.count("p:*") < 3000 }
        try stage.proxy.kill()
        #expect(try stage.count("p:*") > 0, "killed in the middle")
        #expect(try stage.members("freshet:drains").count == 1)
        let path = stage.proxy.configurationPath
        let text = try FileSystem.readText(path)
        try FileSystem.write(text.replacing("drain-rate 200", with: "drain-rate 0"), to: path)
        try stage.proxy.start()
        try waitUntil("all to be gone; the log: \(stage.proxy.log)", withinMilliseconds: 30_000) {
            try stage.count("p:*") == 0 && stage.count("view:*") == 0
        }
        try stage.waitUntilDrained()
    }

    @Test("a set that was taken, and of which no member was removed, is finished with what depends on them")
    func orphan() throws {
        let redis = try RedisServer()
        let seed = try HiredisClient(redis.unix)
        for number in 1...50 {
            _ = try seed.command("SET", "p:\(number)", "x")
            _ = try seed.command("SET", "view:\(number)", "x")
            _ = try seed.command("SADD", "freshet:drain:01ARZ3NDEKTSV4RRFFQ69G5FAV", "p:\(number)")
        }
        _ = try seed.command("SADD", "freshet:drains", "freshet:drain:01ARZ3NDEKTSV4RRFFQ69G5FAV")
        let stage = try DrainStage(Self.conventions, redis: redis)
        try waitUntil("all to be gone; the log: \(stage.proxy.log)") {
            try stage.count("p:*") == 0 && stage.count("view:*") == 0
        }
        try stage.waitUntilDrained()
    }

    /// Cuts every link each time that 500 more of 8,000 keys have gone, as long as more than `last` are left,
    /// and waits until all have gone.
    private func loseLinks(of stage: DrainStage, _ relay: FaultProxy, until last: Int) throws {
        for bound in stride(from: 7500, to: last, by: -500) {
            try waitUntil("fewer than \(bound) keys", withinMilliseconds: 30_000) {
                try stage.count("p:*") < bound
            }
            relay.reset()
        }
        try waitUntil("all to be gone; the log: \(stage.proxy.log.suffix(2000))", withinMilliseconds: 30_000)
        {
            try stage.count("p:*") == 0 && stage.count("view:*") == 0
        }
    }

    @Test("however often links are lost while a tag is drained, every key goes")
    func lostReplies() throws {
        let redis = try RedisServer()
        let relay = try FaultProxy(to: redis.unix)
        let stage = try DrainStage(
            Self.conventions + "drain-rate 4000\nreconnect-backoff 10ms 20ms",
            redis: redis, upstream: relay.endpoint)
        try stage.fill("p:", 8000, tag: "all")
        try stage.fill("view:", 8000, tag: "unused")
        #expect(try stage.ask("INVALIDATE", "TAG", "all", "ASYNC")["queued"] != nil)
        try loseLinks(of: stage, relay, until: 5000)
        try stage.waitUntilDrained()
    }

    @Test("however often links are lost while keys are looked for, what depends on those that went goes too")
    func lostSearch() throws {
        let redis = try RedisServer()
        let relay = try FaultProxy(to: redis.unix)
        let stage = try DrainStage(
            "depend view:{id} on p:{id}:price\ndrain-rate 4000\nreconnect-backoff 10ms 20ms\n"
                + "retry-backoff 10ms..20ms", redis: redis, upstream: relay.endpoint)
        let script = "for i = 1, 8000 do redis.call('MSET', 'p:' .. i .. ':price', 1, 'view:' .. i, 1) end"
        _ = try stage.direct.command("EVAL", script, "0")
        #expect(try stage.ask("INVALIDATE", "PATTERN", "p:{id}:price", "ASYNC")["queued"] != nil)
        try loseLinks(of: stage, relay, until: 2000)
    }

    @Test("a write whose drain sets are lost while they are emptied is accounted for once")
    func vanishedInline() throws {
        let stage = try DrainStage(
            "tag p:** all\nrule sweep on source invalidate tag:all\ncascade-step-keys 10")
        let script = """
            for _, name in ipairs(redis.call('SMEMBERS', 'freshet:drains')) do redis.call('DEL', name) end
            return 1
            """
        for _ in 1...30 {
            try stage.fill("p:", 400, tag: "all")
            let writer = try RawClient(stage.proxy.unix)
            try writer.sendCommand("SET", "source", "x")
            for _ in 1...20 { _ = try stage.direct.command("EVAL", script, "0") }
            #expect(try writer.readFrame().reply == .simple("OK"))
        }
        try waitUntil("no intent is open; the log: \(stage.proxy.log.suffix(2000))") {
            try stage.proxy.metric("freshet_intents_total") == 30
                && stage.proxy.metric("freshet_intents_open") == 0
        }
        try stage.fill("p:", 5, tag: "all")
        #expect(try stage.client.command("SET", "source", "x") == .simple("OK"))
        try waitUntil("the proxy still does what is owed") { try stage.count("p:*") == 0 }
    }

    @Test("a drain set that Redis has lost is made up for by looking at all names")
    func vanished() throws {
        let stage = try DrainStage(Self.conventions + "drain-rate 1000")
        try stage.fill("p:", 3000, tag: "all")
        #expect(try stage.ask("INVALIDATE", "TAG", "all", "ASYNC")["queued"] != nil)
        try waitUntil("the drain to have begun") { try stage.count("p:*") < 3000 }
        let set = try #require(try stage.members("freshet:drains").first)
        _ = try stage.direct.command("DEL", set)
        try waitUntil("all to be gone; the log: \(stage.proxy.log)", withinMilliseconds: 30_000) {
            try stage.count("p:*") == 0
        }
        #expect(try stage.proxy.metric("freshet_drains_vanished_total") == 1)
    }
}
