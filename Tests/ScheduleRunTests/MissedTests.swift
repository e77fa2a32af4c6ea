import TestSupport
import Testing

@Suite("Schedules that were missed")
struct MissedTests {
    private static let schedules = """
        schedule once "0 * * * *" catch-up once invalidate tag:catalog
        schedule skip "0 * * * *" catch-up skip invalidate home
        schedule all "0 * * * *" catch-up all within 3h invalidate elsewhere
        schedule brief "0 * * * *" catch-up once within 10m invalidate elsewhere
        """

    @Test("what was missed while no proxy ran has one run, none, or one each, as the line says")
    func restart() throws {
        let clock = try FakeClock("02:30:00")
        let stage = try ScheduleStage()
        let proxy = try stage.start(Self.schedules, by: clock)
        try stage.fill(through: proxy, "product:1:name", "home", "elsewhere")
        proxy.stop()
        try clock.set("08:30:00")
        try proxy.start()
        // 03:00 to 08:00 were missed, six of them.
        try stage.waitForRuns("once", "caught-up", 1)
        try stage.waitForRuns("skip", "skipped", 6)
        try stage.waitForRuns("all", "caught-up", 3)
        try stage.waitForRuns("brief", "skipped", 6)
        try waitUntil("stale keys are gone") { try stage.existing("product:1:name", "elsewhere").isEmpty }
        #expect(try stage.existing("home") == ["home"])
        try waitUntil("everything is settled") {
            try stage.schedules(of: proxy).allSatisfy { $0.fields["waiting"] == "0" }
        }
        #expect(try stage.runs("once", "merged") == 5 && stage.runs("once", "caught-up") == 1)
        #expect(try stage.runs("all", "skipped") == 3 && stage.runs("all", "caught-up") == 3)
        #expect(try stage.runs("skip", "caught-up") == 0 && stage.runs("brief", "caught-up") == 0)
        #expect(try stage.schedule("once", of: proxy)["missed"] == "6")
        try waitUntil("the audit tells what was left out") {
            try stage.audit("6 missed times were left out (catch-up skip)").count == 1
                && stage.audit("6 missed times were left out (they are too old to be caught up)").count == 1
        }
        try waitUntil("the audit tells what was caught up") {
            try stage.audit(", missed at 2026-03-01T08:00:00Z").count >= 1
        }
    }

    @Test("what was due while Redis was away is caught up when it is back, even if it has forgotten all")
    func redisAway() throws {
        let clock = try FakeClock("02:58:00")
        let stage = try ScheduleStage()
        let proxy = try stage.start(
            "schedule n \"0 3 * * *\" invalidate home\n"
                + "schedule s \"0 3 * * *\" catch-up skip invalidate home",
            by: clock)
        try stage.redis.kill()
        try waitUntil("the proxy notices") { try AdminHTTP.get("/readyz", from: proxy.admin).status != 200 }
        try clock.set("03:10:00")
        let listed = try stage.schedule("n", of: proxy)
        #expect(listed["redis"] == "unreachable" && listed["next-run"] == "2026-03-01T03:00:00Z")
        try stage.redis.start()
        try stage.waitForRuns("n", "caught-up", 1)
        try stage.waitForRuns("s", "skipped", 1)
        #expect(try stage.runs("n", "on-time") == 0)
    }

    @Test("a proxy that takes over what another left within a minute is not late")
    func takeover() throws {
        let clock = try FakeClock("02:59:00")
        let stage = try ScheduleStage()
        let line = "schedule n \"0 3 * * *\" catch-up skip invalidate home"
        let first = try stage.start(line, by: clock)
        try first.kill()
        try clock.set("03:00:30")
        let second = try stage.start(line, by: clock, waits: false)
        try waitUntil("the run", withinMilliseconds: 30_000) {
            try stage.runs("n", "on-time", of: [second]) == 1
        }
        #expect(try stage.runs("n", "skipped", of: [second]) == 0)
    }

    @Test("a clock that jumps forward makes one run, and one that jumps back makes none twice")
    func jumps() throws {
        let clock = try FakeClock("02:30:00")
        let stage = try ScheduleStage()
        let proxy = try stage.start(
            "schedule n \"0 3 * * *\" invalidate home\nschedule m \"* * * * *\" invalidate elsewhere",
            by: clock)
        try clock.set("07:30:00")
        try stage.waitForRuns("n", "caught-up", 1)
        try stage.waitForRuns("m", "on-time", 1)
        // Two hours back: what is settled stays settled until the clock has caught up.
        try clock.set("05:30:00")
        try stage.fill(through: proxy, "home")
        let before = try stage.runs("m", "on-time")
        try clock.set("07:31:00")
        try waitUntil("the next minute", withinMilliseconds: 30_000) {
            try stage.runs("m", "on-time") + stage.runs("m", "caught-up") > before
        }
        #expect(try stage.runs("n", "caught-up") + stage.runs("n", "on-time") == 1)
        #expect(try stage.existing("home") == ["home"])
        // A day ahead, and back: the clock was wrong, and today's times hold again.
        try clock.set("07:00:00", day: 2)
        try stage.waitForRuns("n", "caught-up", 2)
        try clock.set("02:59:50")
        try waitUntil("today's time is due again", withinMilliseconds: 30_000) {
            try stage.schedule("n", of: proxy)["next-run"] == "2026-03-01T03:00:00Z"
        }
        try clock.set("03:00:00")
        try stage.waitForRuns("n", "on-time", 1)
    }

    @Test("a schedule that is new, or whose times were changed, does not run for times before that")
    func reload() throws {
        let clock = try FakeClock("10:00:30")
        let stage = try ScheduleStage()
        let proxy = try stage.start("schedule n \"0 11 * * *\" invalidate home", by: clock)
        try stage.fill(through: proxy, "home")
        let text = try FileSystem.readText(proxy.configurationPath)
        let kept = text.split(separator: "\n").filter { !$0.hasPrefix("schedule") }.joined(separator: "\n")
        try FileSystem.write(
            kept + "\nschedule n \"0 9 * * *\" invalidate home\nschedule m \"@hourly\" invalidate home\n",
            to: proxy.configurationPath)
        #expect(try RawClient(proxy.admin).command("FRESHET", "RELOAD").isError == false)
        try waitUntil("both are known with their next runs", withinMilliseconds: 30_000) {
            try stage.schedule("n", of: proxy)["next-run"] == "2026-03-02T09:00:00Z"
                && stage.schedule("m", of: proxy)["next-run"] == "2026-03-01T11:00:00Z"
        }
        #expect(try stage.existing("home") == ["home"])
        for outcome in ["on-time", "caught-up"] { #expect(try stage.runs("n", outcome) == 0) }
        try FileSystem.write(text + "schedule n \"* * *\" invalidate home\n", to: proxy.configurationPath)
        #expect(try RawClient(proxy.admin).command("FRESHET", "RELOAD").isError)
        #expect(try stage.schedules(of: proxy).map(\.name) == ["n", "m"])
    }
}
