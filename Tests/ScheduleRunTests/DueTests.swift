import TestSupport
import Testing

@Suite("Schedules that are due")
struct DueTests {
    @Test("what is due is invalidated with its line as the cause, and the listing tells of it")
    func due() throws {
        let clock = try FakeClock("02:59:40")
        let stage = try ScheduleStage()
        let proxy = try stage.start(
            "schedule nightly \"0 3 * * *\" zone Europe/Berlin catch-up skip invalidate tag:catalog home\n"
                + "schedule later \"0 3 * * *\" invalidate tag:catalog home",
            by: clock)
        try stage.fill(through: proxy, "product:1:name", "product:2:name", "home", "other")
        #expect(try stage.schedule("later", of: proxy)["next-run"] == "2026-03-01T03:00:00Z")
        #expect(try stage.schedule("nightly", of: proxy)["next-run"] == "2026-03-02T03:00:00+01:00")
        #expect(try stage.schedule("later", of: proxy)["last-run"] == "")
        try clock.set("02:59:58")
        try stage.waitForRuns("later", "on-time", 1)
        try waitUntil("stale keys are gone") {
            try stage.existing("product:1:name", "product:2:name", "home").isEmpty
        }
        #expect(try stage.existing("other") == ["other"])
        try waitUntil("an audit record") {
            try !stage.audit("schedule later (\(proxy.configurationPath):").isEmpty
        }
        try waitUntil("the run is settled") {
            try stage.schedule("later", of: proxy)["next-run"] == "2026-03-02T03:00:00Z"
        }
        let listed = try stage.schedule("later", of: proxy)
        #expect(listed["last-run"]?.hasPrefix("2026-03-01T03:00:0") == true)
        #expect(listed["last-run-by"]?.contains("(pid \(proxy.identifier ?? 0))") == true)
        #expect(listed["times"] == "0 3 * * *" && listed["runs"] == "1" && listed["missed"] == "0")
        #expect(listed["targets"] == "tag:catalog home" && listed["waiting"] == "0")
        #expect(try stage.runs("nightly", "on-time") == 0)
        let next = "freshet_schedule_next_run_timestamp_seconds{schedule=\"later\"}"
        #expect(try proxy.metric(next) == 1_772_420_400)
        let invalidated =
            try waitForMetric(
                "cache_invalidations_total{type=\"key\",source=\"schedule\",cluster=", of: proxy)
            + waitForMetric("cache_invalidations_total{type=\"tag\",source=\"schedule\",cluster=", of: proxy)
        #expect(invalidated == 3)
    }

    private func waitForMetric(_ start: String, of proxy: FreshetProcess) throws -> Double {
        let body = try AdminHTTP.get("/metrics", from: proxy.admin).body
        let line = body.split(separator: "\n").first { $0.hasPrefix(start) }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0
    }

    @Test("three proxies that share a Redis run each due time once")
    func once() throws {
        let clock = try FakeClock("10:00:10")
        let stage = try ScheduleStage()
        for _ in 0..<3 {
            try stage.start(
                "schedule minutely \"* * * * *\" invalidate tag:catalog\n"
                    + "schedule even \"*/2 * * * *\" invalidate tag:catalog", by: clock)
        }
        for minute in 1...6 {
            try clock.set("10:0\(minute):00")
            try stage.waitForRuns("minutely", "on-time", minute)
            if minute % 2 == 0 { try stage.waitForRuns("even", "on-time", minute / 2) }
            try waitUntil("all have settled it") {
                try stage.redis("HGET", "freshet:run:minutely", "runs") == .bulk("\(minute)")
            }
        }
        // Due for all: were one of them to run 10:06 once more, it would be before this is seen.
        try clock.set("10:07:00")
        try stage.waitForRuns("minutely", "on-time", 7)
        #expect(try stage.runs("minutely", "on-time") == 7)
        #expect(try stage.runs("even", "on-time") == 3)
        for outcome in ["caught-up", "merged", "skipped"] {
            #expect(try stage.runs("minutely", outcome) == 0, "\(outcome)")
        }
    }

    @Test("softly lets keys expire, db names the database, and jitter puts a run off, not on")
    func clauses() throws {
        let clock = try FakeClock("02:59:00")
        let stage = try ScheduleStage()
        let proxy = try stage.start(
            """
            schedule soft "0 3 * * *" invalidate home softly 1h
            schedule second "0 3 * * *" db 2 invalidate tag:catalog home
            schedule spread "0 3 * * *" jitter 30m invalidate elsewhere
            """, by: clock)
        let client = try RawClient(proxy.unix)
        for key in ["home", "elsewhere"] { _ = try client.command("SET", key, "x") }
        _ = try client.command("SELECT", "2")
        for key in ["home", "product:1:name"] { _ = try client.command("SET", key, "x") }
        try clock.set("03:00:00")
        try stage.waitForRuns("soft", "on-time", 1)
        try stage.waitForRuns("second", "on-time", 1)
        try waitUntil("the key expires") { try (stage.redis("TTL", "home").integer ?? -1) > 0 }
        #expect(try (stage.redis("TTL", "home").integer ?? 0) <= 3600)
        let second = try HiredisClient(stage.redis.unix)
        _ = try second.command("SELECT", "2")
        try waitUntil("the second database is clean") {
            try second.command("EXISTS", "home", "product:1:name") == .integer(0)
        }
        let put = try #require(try stage.schedule("spread", of: proxy)["next-run"])
        #expect(put.hasPrefix("2026-03-01T03:") && put < "2026-03-01T03:30:00Z", "\(put)")
        try clock.set(String(put.dropFirst(11).prefix(8)))
        try stage.waitForRuns("spread", "on-time", 1)
        try waitUntil("the key is gone") { try stage.existing("elsewhere").isEmpty }
    }

    @Test("a pattern is looked for among all keys, and what carries a tag given by hand goes as well")
    func pattern() throws {
        let clock = try FakeClock("02:59:00")
        let stage = try ScheduleStage()
        let proxy = try stage.start(
            """
            depend banner:{lang} on search:{lang}:top
            schedule n "0 3 * * *" invalidate pattern:search:*:top tag:seasonal
            """, by: clock)
        let keys = ["search:en:top", "search:de:top", "search:en:rest", "banner:en", "teaser"]
        let client = try RawClient(proxy.unix)
        for key in keys { _ = try client.command("SET", key, "x") }
        try stage.redis("SADD", "freshet:tag:seasonal", "teaser")
        try clock.set("03:00:00")
        try stage.waitForRuns("n", "on-time", 1)
        try waitUntil("stale keys are gone; the log: \(proxy.log)") {
            try stage.existing("search:en:top", "search:de:top", "banner:en", "teaser").isEmpty
        }
        #expect(try stage.existing("search:en:rest") == ["search:en:rest"])
    }

    @Test("the state in Redis is hidden from clients, and safe from them")
    func hidden() throws {
        let clock = try FakeClock("10:00:10")
        let stage = try ScheduleStage()
        let proxy = try FreshetProcess(
            upstream: stage.redis.unix, configuration: "schedule n \"@daily\" invalidate home",
            environment: try clock.environment())
        try waitUntil("state in Redis") { try stage.existing("freshet:run:n") != [] }
        let client = try RawClient(proxy.unix)
        _ = try client.command("SET", "home", "x")
        #expect(try client.command("KEYS", "*") == .array([.bulk("home")]))
        #expect(try client.command("SCAN", "0").elements?.last == .array([.bulk("home")]))
        #expect(try client.command("RANDOMKEY") == .bulk("home"))
        #expect(try client.command("DEL", "freshet:run:n").isError)
        #expect(try stage.existing("freshet:run:n") != [])
        #expect(try (stage.redis("TTL", "freshet:run:n").integer ?? 0) > 30 * 86400)
    }
}
