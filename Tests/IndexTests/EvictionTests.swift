import TestSupport
import Testing

@Suite("A Redis that evicts")
struct EvictionTests {
    private static let conventions = """
        depend page:{lang}:{id} on product:{id}
        tag page:{lang}:** pages/{lang}
        """

    /// Has Redis evict until it has none of these sets any more.
    private func evict(_ sets: [String], at stage: IndexStage) throws {
        try stage.redis("CONFIG SET maxmemory-policy allkeys-random")
        try waitUntil("\(sets) are evicted", withinMilliseconds: 30_000) {
            let used = try #require(try stage.redis.info("memory", "used_memory"))
            try stage.redis("CONFIG SET maxmemory \(used - 2000)")
            try stage.redis("SET filler x")
            return try sets.allSatisfy { try !stage.has($0) }
        }
        try stage.redis("CONFIG SET maxmemory 0")
    }

    /// Waits until the proxy has just asked Redis how it is.
    private func waitForProbe(at stage: IndexStage) throws {
        func probes() throws -> String? {
            let text = try stage.redis("INFO commandstats").text ?? ""
            return text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_ping:") }
                .map { String($0.prefix { $0 != "," }) }
        }
        let before = try probes()
        try waitUntil("a probe", withinMilliseconds: 30_000) { try probes() != before }
    }

    @Test("fault 177: a write between the eviction of an index set and the next probe takes its dependents")
    func window() throws {
        // All that follows happens between two probes.
        let stage = try IndexStage(Self.conventions + "\nprobe-interval 6s\nindex-check-rate 0")
        for number in 0..<40 { try stage.run("SET page:en:\(number) x") }
        try waitForProbe(at: stage)
        let pages = (0..<40).map { "page:en:\($0)" }
        // Only index sets can be evicted: everything else is put back.
        try evict((0..<40).map { "freshet:dep:product:\($0)" } + ["freshet:tag:pages/en"], at: stage)
        for page in pages { try stage.redis("SET \(page) x") }
        try stage.run("SET product:7 y")
        try stage.admin("INVALIDATE TAG pages/en")
        for page in pages { try stage.waitUntilGone(page) }
        try stage.waitForTrust()
    }

    @Test("fault 177: what nobody invalidated stays, whatever was evicted")
    func innocent() throws {
        let stage = try IndexStage(Self.conventions + "\nprobe-interval 6s\nindex-check-rate 0")
        for number in 0..<40 { try stage.run("SET page:en:\(number) x") }
        try waitForProbe(at: stage)
        try evict((0..<40).map { "freshet:dep:product:\($0)" } + ["freshet:tag:pages/en"], at: stage)
        for number in 0..<40 { try stage.redis("SET page:en:\(number) x") }
        try stage.run("SET product:7 y")
        try stage.waitUntilGone("page:en:7")
        try waitUntil("the records of all others", withinMilliseconds: 30_000) {
            try stage.members("freshet:tag:pages/en") >= 39
        }
        try stage.waitForTrust()
        #expect(try stage.redis("EXISTS page:en:6 page:en:8") == .integer(2))
    }

    @Test("evictions of keys that expire leave the index trusted")
    func volatile() throws {
        let stage = try IndexStage(Self.conventions)
        try stage.run("SET page:en:1 x")
        try stage.redis("CONFIG SET maxmemory-policy volatile-random")
        for number in 0..<200 { try stage.redis("SET other:\(number) x EX 1000") }
        try waitUntil("something is evicted") {
            let used = try #require(try stage.redis.info("memory", "used_memory"))
            try stage.redis("CONFIG SET maxmemory \(used - 2000)")
            try stage.redis("SET filler x EX 1000")
            return try stage.redis.info("stats", "evicted_keys") ?? 0 > 0
        }
        try stage.redis("CONFIG SET maxmemory 0")
        let asked = try stage.redis.info("stats", "total_commands_processed") ?? 0
        try waitUntil("probes after it") {
            // Each of these questions is a command too.
            try stage.redis.info("stats", "total_commands_processed") ?? 0 > asked + 2000
        }
        try stage.run("SET product:1 y")
        #expect(try !stage.has("page:en:1"))
        #expect(!stage.proxy.log.contains("evicted"))
    }
}
