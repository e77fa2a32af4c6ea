import TestSupport
import Testing

@Suite("An index that is lost")
struct LostIndexTests {
    private static let conventions = """
        depend page:{lang}:{id} on product:{id}
        tag page:{lang}:** pages/{lang}
        """

    /// What deletes index sets, and which.
    enum Deletion: String, CaseIterable {
        case everyIndexKey = "return redis.call('DEL', unpack(redis.call('KEYS', 'freshet:*')))"
        case allOfOneKind = "return redis.call('DEL', unpack(redis.call('KEYS', 'freshet:dep:*')))"
        case oneSet = "return redis.call('DEL', 'freshet:dep:product:7')"
    }

    @Test(
        "fault 175: sets that a script deletes are missed, and what was invalidated meanwhile is repeated",
        arguments: Deletion.allCases)
    func script(deletion: Deletion) throws {
        let stage = try IndexStage(Self.conventions)
        for lang in ["en", "de", "fr"] { try stage.run("SET page:\(lang):7 x") }
        try stage.run("SET page:en:8 x")
        try stage.waitForMarks()
        let deleted = try stage.run("EVAL \"\(deletion.rawValue)\" 0")
        #expect(deleted.integer ?? 0 >= 1, "\(deleted)")
        // It finds no dependents now: nobody knows yet that there were any.
        try stage.run("SET product:7 y")
        try stage.waitUntilGone("page:en:7", "page:de:7", "page:fr:7")
        try stage.waitForTrust()
        #expect(try stage.has("page:en:8"))
        #expect(try stage.has("product:7"))
        #expect(try stage.members("freshet:dep:product:8") == 1)
    }

    @Test("fault 175: an index that is deleted past the proxy is rebuilt in every database, once")
    func databases() throws {
        let stage = try IndexStage(Self.conventions)
        try stage.run("SET page:en:7 x")
        try stage.run("SELECT 3")
        try stage.run("SET page:en:7 x")
        for database in [0, 3] { try stage.waitForMarks(in: database) }
        try stage.redis("SELECT 3")
        try stage.redis("EVAL \"return redis.call('DEL', unpack(redis.call('KEYS', 'freshet:*')))\" 0")
        try waitUntil("the record in database 3", withinMilliseconds: 30_000) {
            try stage.members("freshet:dep:product:7") == 1
        }
        try stage.waitForTrust()
        #expect(try stage.has("page:en:7"))
        #expect(try stage.admin("INVALIDATE TAG pages DB 3").elements?[1] == .integer(1))
    }

    @Test("fault 175: a tag invalidated right after its set was lost takes its keys all the same")
    func tag() throws {
        let stage = try IndexStage(Self.conventions)
        for number in 1...5 { try stage.run("SET page:en:\(number) x") }
        try stage.run("SET page:de:1 x")
        try stage.waitForMarks()
        try stage.redis("DEL freshet:tag:pages/en freshet:tag: freshet:sub: freshet:dep:")
        try stage.admin("INVALIDATE TAG pages/en")
        for number in 1...5 { try stage.waitUntilGone("page:en:\(number)") }
        try stage.waitForTrust()
        #expect(try stage.has("page:de:1"))
    }

    @Test(
        "fault 176: a key that others wrote is recorded by and by, and one that missed its invalidation goes")
    func writtenPast() throws {
        let stage = try IndexStage(Self.conventions)
        try stage.run("SET page:en:1 x")
        try stage.redis("SET page:en:9 x")
        try stage.run("SET product:9 y")
        try stage.waitUntilGone("page:en:9")
        // Nobody has invalidated this one.
        try stage.redis("SET page:en:4 x")
        try waitUntil("its record", withinMilliseconds: 30_000) {
            try stage.redis("SISMEMBER freshet:dep:product:4 page:en:4") == .integer(1)
        }
        try stage.waitForTrust()
        #expect(try stage.has("page:en:4"))
    }

    @Test("keys that were softened are not missed")
    func softened() throws {
        let stage = try IndexStage(Self.conventions)
        for number in 1...5 { try stage.run("SET page:en:\(number) x") }
        try stage.admin("INVALIDATE TAG pages/en SOFT 60s")
        try waitUntil("several looks at all keys") {
            let calls = try stage.redis("INFO commandstats").text ?? ""
            let line = calls.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_scan:calls=") }
            return (line.flatMap { Int($0.dropFirst(19).prefix { $0.isNumber }) } ?? 0) > 12
        }
        #expect(try stage.isTrusted())
        #expect(try stage.proxy.metric("freshet_index_lost_records_total") ?? 0 == 0)
    }

    @Test("FRESHET INDEX CHECK tells what lacks, and REBUILD adds it")
    func verbs() throws {
        // Nothing but the verb looks.
        let stage = try IndexStage(Self.conventions + "\nindex-check-rate 0")
        for number in 1...20 { try stage.run("SET page:en:\(number) x") }
        let clean = try #require(try stage.admin("INDEX CHECK").elements?.first?.elements)
        #expect(
            clean[1] == .bulk("primary") && clean[5] == .integer(60) && clean[7] == .integer(0), "\(clean)")
        try stage.redis("SREM freshet:dep:product:7 page:en:7")
        let lacking = try #require(try stage.admin("INDEX CHECK").elements?.first?.elements)
        #expect(lacking[7] == .integer(1))
        #expect(lacking.last == .array([.bulk("page:en:7 is not in freshet:dep:product:7")]))
        try stage.waitForTrust()
        #expect(try stage.members("freshet:dep:product:7") == 1)

        try stage.redis("DEL freshet:tag:pages/en")
        let rebuilt = try #require(try stage.admin("INDEX REBUILD").elements?.first?.elements)
        #expect(rebuilt[6] == .bulk("added") && rebuilt[7] == .integer(20), "\(rebuilt)")
        #expect(try stage.members("freshet:tag:pages/en") == 20)
        #expect(try stage.admin("INDEX HELP").elements?.count == 6)
        #expect(try stage.admin("INDEX CHECC").isError)
        #expect(try stage.admin("INDEX CHECK now").isError)

        let admin = ["--admin", "127.0.0.1:\(stage.proxy.adminPort)"]
        let whole = try FreshetProcess.run(["index", "check"] + admin)
        #expect(whole.exit == .code(0) && whole.output.contains("missing: 0"), "\(whole)")
        try stage.redis("SREM freshet:dep:product:7 page:en:7")
        let broken = try FreshetProcess.run(["index", "check"] + admin)
        #expect(broken.exit == .code(1) && broken.output.contains("page:en:7 is not in"), "\(broken)")
        #expect(try FreshetProcess.run(["index", "rebuild"] + admin).exit == .code(0))
    }
}
