import TestSupport
import Testing

/// More follows than one turn of a loop does.
@Suite("Large cascades")
struct LargeCascadeTests {
    @Test("a drain of 20,000 members comes to its end when each of them leads on")
    func leadingOn() throws {
        let stage = try DrainStage(
            """
            tag obj:{id} objects
            depend view:{id} on obj:{id}
            """)
        try stage.fill("obj:", 20_000, tag: "objects")
        try stage.fill("view:", 20_000, tag: "unrelated")
        _ = try stage.ask("INVALIDATE", "TAG", "objects", "ASYNC")
        try waitUntil("no key left; the log: \(stage.proxy.log.suffix(2000))", withinMilliseconds: 60_000) {
            try stage.count("obj:*") + stage.count("view:*") == 0
        }
        try stage.waitUntilDrained()
    }

    @Test("a write whose 20,000 recorded dependents lead on makes all of them go")
    func recorded() throws {
        let stage = try DrainStage(
            """
            depend part:{id}:{source} on src:{source}
            depend view:{id}:{source} on part:{id}:{source}
            """)
        let script = """
            for i = 1, 20000 do
              redis.call('SET', 'part:' .. i .. ':1', 'x')
              redis.call('SET', 'view:' .. i .. ':1', 'x')
              redis.call('SADD', KEYS[1], 'part:' .. i .. ':1')
            end
            """
        _ = try stage.direct.command("EVAL", script, "1", "freshet:dep:src:1")
        _ = try stage.client.command("SET", "src:1", "new")
        try waitUntil("no key left; the log: \(stage.proxy.log.suffix(2000))", withinMilliseconds: 60_000) {
            try stage.count("part:*") + stage.count("view:*") == 0
        }
    }
}
