import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Claims on schedules")
struct FencingTests {
    private static let line = "schedule n \"0 3 * * *\" invalidate tag:catalog"

    /// A proxy whose claim has reached Redis, and that is frozen before it knows.
    private func frozen(_ stage: ScheduleStage) throws -> (proxy: FreshetProcess, line: FaultProxy) {
        let clock = try FakeClock("02:59:30")
        let wire = try FaultProxy(to: stage.redis.unix)
        let proxy = try stage.start(Self.line, by: clock, upstream: wire.endpoint)
        try stage.fill(through: proxy, "product:1:name")
        wire.stall(.toClient)
        try clock.set("03:00:00")
        try waitUntil("the claim is in Redis", withinMilliseconds: 30_000) {
            try stage.redis("HGET", "freshet:run:n", "token") == .bulk("1")
        }
        proxy.signal(SIGSTOP)
        return (proxy, wire)
    }

    @Test("a proxy that wakes up with an old claim runs nothing that another has run")
    func frozenProxy() throws {
        let stage = try ScheduleStage()
        let (first, wire) = try frozen(stage)
        // Another finds the time claimed; when the claim has run out it takes over, with a token of its own.
        let second = try stage.start(Self.line, by: try FakeClock("03:00:10"))
        #expect(try stage.runs("n", "on-time", of: [second]) == 0)
        try waitUntil("the other runs it", withinMilliseconds: 40_000) {
            try stage.runs("n", "on-time", of: [second]) == 1
        }
        try waitUntil("stale keys are gone") { try stage.existing("product:1:name").isEmpty }
        #expect(try stage.redis("HGET", "freshet:run:n", "token") == .bulk("2"))
        try stage.fill(through: second, "product:2:name")
        wire.resume(.toClient)
        first.signal(SIGCONT)
        try waitUntil("the first knows of the next time", withinMilliseconds: 40_000) {
            try stage.schedule("n", of: first)["next-run"] == "2026-03-02T03:00:00Z"
        }
        #expect(try stage.runs("n", "on-time", of: [first]) + stage.runs("n", "caught-up", of: [first]) == 0)
        #expect(try stage.existing("product:2:name") == ["product:2:name"])
        #expect(try stage.redis("HGET", "freshet:run:n", "runs") == .bulk("1"))
    }

    @Test("a claim whose proxy has died is taken over when it has run out, and the time is run")
    func deadProxy() throws {
        let stage = try ScheduleStage()
        let (first, _) = try frozen(stage)
        try first.kill()
        // As if its time had passed.
        try stage.redis("HSET", "freshet:run:n", "until", "0")
        let second = try stage.start(Self.line, by: try FakeClock("03:00:10"))
        try waitUntil("the other runs it", withinMilliseconds: 40_000) {
            try stage.runs("n", "on-time", of: [second]) == 1
        }
        try waitUntil("stale keys are gone") { try stage.existing("product:1:name").isEmpty }
    }
}
