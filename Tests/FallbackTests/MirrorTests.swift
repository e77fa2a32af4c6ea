import TestSupport
import Testing

@Suite("Mirrored invalidations")
struct MirrorTests {
    private static let seed = ["SET page:7 old", "SET product:7:price old", "SET other old"]

    @Test("what a write makes stale is removed from the fallback, and so is its copy of the key")
    func dependents() throws {
        let couple = try Couple(failover: "off", seed: Self.seed)
        let client = try RawClient(couple.proxy.unix)
        #expect(try client.run("SET product:7:price 9") == .simple("OK"))
        #expect(try client.run("SET other new") == .simple("OK"))
        try couple.waitUntilGone("page:7")
        try couple.fallback.waitUntilGone(["product:7:price"])
        #expect(try couple.primary.run("GET product:7:price") == .bulk("9"))
        // Nobody reads the fallback, and no convention speaks of this key.
        #expect(try couple.fallback.run("GET other") == .bulk("old"))
    }

    @Test(
        "with failover the fallback's copy of any key that is written is removed",
        arguments: ["reads", "all"])
    func everyKey(failover: String) throws {
        let long = String(repeating: "k", count: 5000)
        let seed = Self.seed + ["SET \(long) old", "SET lived old", "RPUSH queue a b", "SET moved old"]
        let couple = try Couple(failover: failover, "depend page:{id} on product:{id}:price", seed: seed)
        let client = try RawClient(couple.proxy.unix)
        let lines = [
            "SET other new", "SET \(long) new", "EXPIRE lived 1000", "BLPOP queue 1", "MOVE moved 3",
        ]
        for line in lines { #expect(try !client.run(line).isError, "\(line)") }
        try couple.fallback.waitUntilGone(["other", long, "lived", "queue", "moved"])
        #expect(try couple.primary.run("GET other") == .bulk("new"))
        #expect(try couple.fallback.run("GET page:7") == .bulk("old"))
    }

    @Test("transactions, scripts, streamed values and the empty key are mirrored too")
    func otherWays() throws {
        let couple = try Couple(failover: "all", seed: ["MSET a 1 b 1 c 1", "MSET d 1 e 1 f 1"])
        try couple.fallback.command("SET", "", "old")
        let client = try RawClient(couple.proxy.unix)
        for line in ["MULTI", "SET a 2", "INCR b", "EXEC"] { try client.run(line) }
        _ = try client.command("EVAL", "return redis.call('SET', KEYS[1], 2)", "1", "c")
        _ = try client.command("SET", "d", String(repeating: "v", count: 200_000))
        _ = try client.command("SET", "", "new")
        try couple.fallback.waitUntilGone(["a", "b", "c", "d"])
        try waitUntil("the empty key is gone") { try couple.fallback.command("EXISTS", "") == .integer(0) }
        #expect(try couple.fallback.has("e"))
    }

    @Test("what protect names stays in the fallback")
    func protected() throws {
        let couple = try Couple(
            failover: "all", "protect session:**", seed: ["MSET session:1 old cart:1 old"])
        let client = try RawClient(couple.proxy.unix)
        try client.run("SET session:1 new")
        try client.run("SET cart:1 new")
        try couple.fallback.waitUntilGone(["cart:1"])
        #expect(try couple.fallback.run("GET session:1") == .bulk("old"))
    }

    @Test("a write that changes nothing removes nothing")
    func unchanged() throws {
        let couple = try Couple(failover: "all", seed: ["MSET a old b old"])
        let client = try RawClient(couple.proxy.unix)
        #expect(try client.run("SET a new NX") == .null)
        #expect(try client.run("LPUSH a x").isError)
        try client.run("SET b new")
        try couple.fallback.waitUntilGone(["b"])
        #expect(try couple.fallback.has("a"))
    }

    @Test("emptying a database, or exchanging two, empties them in the fallback")
    func emptied() throws {
        let couple = try Couple(failover: "all", seed: ["SET a old"])
        let other = try HiredisClient(couple.fallback.unix)
        for line in ["SELECT 1", "SET one old", "SELECT 2", "SET two old", "SELECT 3", "SET three old"] {
            _ = try other.command(RequestEncoding.arguments(of: line))
        }
        func size(_ database: Int) throws -> Int? {
            _ = try other.command("SELECT", "\(database)")
            return try other.command("DBSIZE").integer
        }
        let client = try RawClient(couple.proxy.unix)
        try client.run("FLUSHDB")
        try waitUntil("database 0 is empty") { try size(0) == 0 }
        #expect(try size(1) == 1)
        try client.run("SWAPDB 1 2")
        try waitUntil("both are empty") { try size(1) == 0 && size(2) == 0 }
        #expect(try size(3) == 1)
        try client.run("FLUSHALL")
        try waitUntil("all are empty") { try size(3) == 0 }
    }

    @Test("what an operator invalidates goes from both, with a record for each")
    func operators() throws {
        let couple = try Couple(failover: "off", seed: Self.seed)
        let admin = try RawClient(couple.proxy.admin)
        #expect(try !admin.run("FRESHET INVALIDATE RELATED product:7:price").isError)
        try couple.waitUntilGone("page:7")
        try waitUntil("both records") {
            let audit = try FileSystem.readText(couple.auditPath)
            return audit.contains("\"side\":\"primary\"") && audit.contains("\"side\":\"fallback\"")
        }
        try couple.primary.run("SET page:7 old")
        #expect(try !admin.run("FRESHET INVALIDATE RELATED product:7:price DRYRUN").isError)
        #expect(try couple.primary.has("page:7"))
    }

    @Test("what a fallback misses while it is away it is told later, each key once")
    func away() throws {
        let couple = try Couple(failover: "all", seed: Self.seed)
        couple.fallback.stop()
        try waitUntil("it is away") { try !couple.isUp("fallback") }
        let client = try RawClient(couple.proxy.unix)
        for number in 1...300 { try client.run("SET product:7:price \(number)") }
        try client.run("SET other new")
        try waitUntil("they are owed", withinMilliseconds: 10_000) {
            (Int(try couple.information("owed_to_fallback") ?? "") ?? 0) > 0
        }
        let mirrored = try couple.proxy.metric("freshet_mirrored_keys_total{role=\"fallback\"}") ?? 0
        #expect(mirrored < 100, "equal keys are queued once, not \(mirrored) times")
        try couple.fallback.start()
        try couple.waitUntilGone("page:7")
        try couple.fallback.waitUntilGone(["product:7:price", "other"])
        try waitUntil("nothing is owed") { try couple.information("owed_to_fallback") == "0" }
    }

    @Test("past mirror-keys a database of a Redis that is away is emptied when it is back, but for protect")
    func overflow() throws {
        let couple = try Couple(
            failover: "all", "mirror-keys 50\nprotect lock:**", seed: ["MSET lock:1 old untouched old"])
        couple.fallback.stop()
        try waitUntil("it is away") { try !couple.isUp("fallback") }
        let client = try RawClient(couple.proxy.unix)
        for number in 1...200 { try client.run("SET key:\(number) new") }
        try waitUntil("the limit") {
            try couple.proxy.metric("freshet_limits_hit_total{limit=\"mirror-keys\"}") ?? 0 > 0
        }
        try couple.fallback.start()
        try couple.fallback.waitUntilGone(["untouched"])
        #expect(try couple.fallback.has("lock:1"))
    }
}
