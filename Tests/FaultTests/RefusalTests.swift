import TestSupport
import Testing

/// Who may not, does not: a write that Redis refused owes nothing.
@Suite("Faults of refused writes")
struct RefusalTests {
    @Test(
        "fault 190: scripts of who has not logged in make no record, no removal, no audit",
        arguments: Mode.allCases)
    func scripts(_ mode: Mode) throws {
        let stage = try RefusalSite(mode)
        let (before, audit) = (try stage.digest(), try stage.cascades())
        let client = try stage.client(.nobody)
        for number in 0..<50 {
            for line in ["EVAL \"return 1\" 1 item:\(number)", "EVALSHA x 1 item:2", "FCALL f 1 item:2"] {
                #expect(try client.run(line).text?.hasPrefix("NOAUTH") == true)
            }
        }
        #expect(try stage.digest() == before)
        #expect(try stage.cascades() == audit)
    }

    @Test(
        "fault 191: EVALSHA and then EVAL, as every library sends them, cascade once",
        arguments: Mode.allCases)
    func twice(_ mode: Mode) throws {
        let stage = try RefusalSite(mode)
        let client = try stage.client(.writer)
        #expect(
            try client.run("EVALSHA 0123456789012345678901234567890123456789 1 item:2").text?
                .hasPrefix("NOSCRIPT") == true)
        #expect(try stage.site.redis("EXISTS page:2") == .integer(1))
        _ = try client.run("EVAL \"return redis.call('SET', KEYS[1], 'y')\" 1 item:2")
        #expect(try stage.site.redis("EXISTS page:2") == .integer(0))
        _ = try stage.site.redis("SET page:2 x")
        #expect(
            try client.run(
                "EVAL \"redis.call('SET', KEYS[1], 'y') return redis.call('INCR', KEYS[1])\" 1 item:2"
            )
            .isError)
        #expect(
            try stage.site.redis("EXISTS page:2") == .integer(0), "a script that failed halfway has written")
    }

    @Test("fault 192: who hangs up behind a refused write has done nothing", arguments: Mode.allCases)
    func hangingUp(_ mode: Mode) throws {
        let stage = try RefusalSite(mode)
        let (before, audit) = (try stage.digest(), try stage.cascades())
        let beginnings = ["CLIENT TRACKING ON", "WATCH a", "BLPOP none 0", "MULTI"]
        for number in 0..<40 {
            for who in [RefusalSite.Who.nobody, .reader] {
                let client = try stage.client(who, isTCP: true)
                var bytes = RequestEncoding.command(
                    RequestEncoding.arguments(of: beginnings[number % beginnings.count]))
                bytes += RequestEncoding.command(["SET", "item:2", "y"])
                bytes += RequestEncoding.command(["EXEC"])
                try client.send(bytes)
                if number % 2 == 0 { client.resetAtEnd() }
            }
        }
        try stage.waitForLeaving()
        #expect(try stage.digest() == before)
        #expect(try stage.cascades() == audit)
    }

    @Test("fault 193: a write that Redis refuses leaves what is built from its key", arguments: Mode.allCases)
    func refusedWrites(_ mode: Mode) throws {
        let stage = try RefusalSite(mode)
        let (before, audit) = (try stage.digest(), try stage.cascades())
        let client = try stage.client(.writer)
        for line in [
            "SET item:2 1 BAD", "SET item:2 x EX 0", "SET item:1 y GET", "INCR item:1", "APPEND item:1 x",
            "SETEX item:2 0 x", "HSET item:1 f v", "SADD item:1 a", "ZADD item:2 1 a", "LPUSH item:2 a",
            "MSET item:2 x item:3", "EVAL \"syntax error(\" 1 item:2", "LSET item:1 9 x",
            "RENAME none item:2",
            "GETSET item:1 x", "XADD item:2 * f v", "SETRANGE item:2 -1 x", "FCALL nothing 1 item:2",
        ] {
            #expect(try client.run(line).isError, "\(line)")
            #expect(try stage.digest() == before, "\(line)")
        }
        #expect(try stage.cascades() == audit)
    }

    @Test(
        "fault 194: after a write was refused for lack of memory nothing rides along",
        arguments: Mode.allCases)
    func noMemory(_ mode: Mode) throws {
        let stage = try RefusalSite(mode)
        let client = try stage.client(.writer)
        _ = try stage.site.redis("CONFIG SET maxmemory 1")
        #expect(try client.run("SET item:1 y").text?.hasPrefix("OOM") == true)
        let record = try stage.site.waitForAudit("\"key\":\"item:1\"", "\"outcome\":\"refused\"")
        #expect(record.contains("page:1"))
        for _ in 0..<5 { #expect(try client.run("SET item:2 y").text?.hasPrefix("OOM") == true) }
        #expect(try stage.site.redis("EXISTS page:2") == .integer(1))
        _ = try stage.site.redis("CONFIG SET maxmemory 0")
        #expect(try client.run("SET item:2 y") == .simple("OK"))
        #expect(try stage.site.redis("EXISTS page:2") == .integer(0))
    }

    @Test("fault 195: a destination alone, and the last of several, are written", arguments: Mode.allCases)
    func destinations(_ mode: Mode) throws {
        let stage = try RefusalSite(mode)
        let client = try stage.client(.writer)
        #expect(try client.run("PFMERGE freshet:tag:x").isError)
        for line in [
            "PFMERGE item:5", "GEORADIUS geo 0 0 9 km STORE other STORE item:5",
            "SORT none STORE other STORE item:5",
        ] {
            _ = try stage.site.redis("SET page:5 x")
            #expect(try !client.run(line).isError, "\(line)")
            #expect(try stage.site.redis("EXISTS page:5") == .integer(0), "\(line)")
        }
    }
}
