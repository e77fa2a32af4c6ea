import TestSupport
import Testing

/// Whatever is rebuilt from an old source, while a cascade is under way, goes once more after its source.
@Suite("Order of removal")
struct OrderTests {
    private static let count = 200
    /// Every kind of key carries the tag, so its members come in any order.
    private static let conventions = """
        tag b:{id} bs
        tag c:{id} bs
        tag d:{id} bs
        depend c:{id} on b:{id}
        depend d:{id} on c:{id}
        rule plain on a:{id} invalidate tag:bs
        rule soft on s:{id} invalidate tag:bs softly 2s
        rule late on l:{id} invalidate tag:bs after 100ms

        """

    private func check(
        _ configuration: String = "", count: Int = Self.count, _ cause: (DrainStage) throws -> Void
    ) throws {
        let stage = try DrainStage(Self.conventions + configuration)
        let rebuilder = try Rebuilder(stage.redis.unix, count: count)
        for kind in ["b", "c", "d"] { try record("\(kind):", count, stage) }
        rebuilder.start()
        try cause(stage)
        try waitUntil("nothing to be done; the log: \(stage.proxy.log)", withinMilliseconds: 60_000) {
            try stage.proxy.metric("freshet_queue_items") == 0
                && stage.proxy.metric("freshet_intents_open") ?? 0 == 0
        }
        let (old, stale) = try rebuilder.end()
        #expect(old == 0, "every source has gone")
        #expect(stale == 0, "nothing is older than its source")
    }

    private func record(_ prefix: String, _ count: Int, _ stage: DrainStage) throws {
        let script = """
            for i = 1, tonumber(ARGV[1]) do redis.call('SADD', KEYS[1], ARGV[2] .. i) end
            return 1
            """
        _ = try stage.direct.command("EVAL", script, "1", "freshet:tag:bs", "\(count)", prefix)
    }

    @Test("at full speed nothing stays that was rebuilt too soon")
    func fullSpeed() throws {
        try check(count: 3000) { _ = try $0.ask("INVALIDATE", "TAG", "bs", "ASYNC") }
    }

    @Test("at a rate nothing stays that was rebuilt too soon")
    func rate() throws {
        try check("drain-rate 300") { _ = try $0.ask("INVALIDATE", "TAG", "bs", "ASYNC") }
    }

    @Test("spread over a time nothing stays that was rebuilt too soon")
    func over() throws {
        try check { _ = try $0.ask("INVALIDATE", "TAG", "bs", "OVER", "2s", "ASYNC") }
    }

    @Test("softly nothing stays that was rebuilt too soon")
    func softly() throws {
        try check { _ = try $0.ask("INVALIDATE", "TAG", "bs", "SOFTLY", "2s", "ASYNC") }
    }

    @Test("by names that are looked for nothing stays that was rebuilt too soon")
    func pattern() throws {
        try check("drain-rate 300") {
            _ = try $0.ask("INVALIDATE", "PATTERN", "{kind}:{id}", "FORCE", "ASYNC")
        }
    }

    @Test("behind a write nothing stays that was rebuilt too soon", arguments: ["a:1", "s:1", "l:1"])
    func write(_ trigger: String) throws {
        try check(count: trigger == "a:1" ? 2000 : 200) { stage in
            #expect(try stage.client.command("SET", trigger, "x") == .simple("OK"))
            try waitUntil("the rule") {
                try stage.proxy.metric("freshet_cascade_keys_total{result=\"deleted\"}") ?? 0 > 0
            }
        }
    }

    @Test(
        "after kill -9 nothing stays that was rebuilt too soon",
        arguments: ["TAG bs", "PATTERN {kind}:{id} FORCE"])
    func killed(_ what: String) throws {
        try check("drain-rate 200") { stage in
            let words = what.split(separator: " ").map(String.init)
            let reply = try stage.admin.run("FRESHET INVALIDATE \(what) ASYNC")
            #expect(!reply.isError, "\(words): \(reply)")
            let direct = try HiredisClient(stage.redis.unix)
            try waitUntil("some sources rebuilt") {
                try direct.command("GET", "version").text.flatMap { Int($0) } ?? 0 > Self.count + 40
            }
            try stage.proxy.kill()
            try stage.proxy.start()
            try waitUntil("no drain set", withinMilliseconds: 60_000) {
                try direct.command("EXISTS", "freshet:drains") == .integer(0)
            }
        }
    }
}
