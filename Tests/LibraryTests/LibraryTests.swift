import Bytes
import FreshetEngine
import TestSupport
import Testing

@Suite("The library")
struct LibraryTests {
    private let redis: RedisServer
    private let direct: HiredisClient
    private let directory: TemporaryDirectory

    init() throws {
        redis = try RedisServer()
        direct = try HiredisClient(redis.unix)
        directory = try TemporaryDirectory()
    }

    private func configuration(_ lines: String) throws -> String {
        let path = directory.path + "/proxy.conf"
        try FileSystem.write("upstream \(redis.unix.upstream)\n\(lines)\n", to: path)
        return path
    }

    private func fill(_ count: Int) throws {
        for number in 1...count {
            _ = try direct.command("SET", "p:\(number)", "x")
            _ = try direct.command("SADD", "freshet:tag:all", "p:\(number)")
        }
    }

    @Test("the example of the documentation runs")
    func example() async throws {
        for key in ["product:42:a", "product:42:b", "page:home", "page:shoes"] {
            _ = try direct.command("SET", key, "x")
        }
        _ = try direct.command("SADD", "freshet:tag:product:42", "product:42:a", "product:42:b")
        let told = try await LibraryExample.run(
            configuration: configuration("tag product:{id}:** product:{id}"))
        #expect(told == ["2 removed", "2 tagged", "2 softened"])
        #expect(try direct.command("PTTL", "page:home").integer ?? -1 > 0)
    }

    @Test("the documentation shows the example as it is compiled")
    func shown() throws {
        let source = try FileSystem.readText(RepositoryRoot.file("Tests/LibraryTests/LibraryExample.swift"))
        let parts = source.split(separator: "    // example\n")
        let code = try #require(parts.last?.split(separator: "    // end\n").first)
        let lines = code.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("    ") ? String($0.dropFirst(4)) : String($0)
        }
        let page = try FileSystem.readText(RepositoryRoot.file("docs/library.md"))
        #expect(page.contains(lines.joined(separator: "\n")))
    }

    @Test("work can be paused, resumed and cancelled; what is left stays reachable by its tag")
    func control() async throws {
        try fill(2000)
        let engine = try await InvalidationEngine.start(
            configuration: configuration("drain-rate 200\nreconcile-on-start no\ntag p:** all"))
        defer { engine.stop() }
        let work = try await engine.invalidator.submit(tag: "all")
        try await wait("the drain to have begun") { try self.direct.command("EXISTS", "p:1", "p:2") != .null }
        try await wait("keys to be gone") { try self.left() < 2000 }
        #expect(await engine.invalidator.pause(work))
        try await wait("the pause") { await engine.invalidator.progress(of: work)?.state == "paused" }
        let paused = try left()
        #expect(paused > 0)
        #expect(await engine.invalidator.progress(of: work)?.state == "paused")
        #expect(try left() == paused)
        #expect(await engine.invalidator.resume(work))
        try await wait("more keys to be gone") { try self.left() < paused }
        #expect(await engine.invalidator.cancel(work))
        try await wait("the end") { await engine.invalidator.progress(of: work)?.state == "failed" }
        try await wait("the members to be put back") {
            try self.direct.command("EXISTS", "freshet:drains") == .integer(0)
        }
        let rest = try left()
        #expect(rest > 0)
        #expect(try await engine.tags.keys(tagged: "all").count == rest)
    }

    @Test("a configuration that is wrong is told")
    func wrong() async throws {
        let path = try configuration("no-such-directive 1")
        await #expect(throws: InvalidationEngine.Problem.self) {
            _ = try await InvalidationEngine.start(configuration: path)
        }
    }

    private func exist(_ keys: String...) throws -> Int {
        let script = "return redis.call('EXISTS', unpack(ARGV))"
        return try direct.command((["EVAL", script, "0"] + keys).map { Array($0.utf8) }).integer ?? -1
    }

    @Test("rules are added, followed, checked without being added, kept, and removed")
    func rules() async throws {
        let path = try configuration("reconcile-on-start no\nrule fixed on a:{id} invalidate b:{id}")
        let folder = try TemporaryDirectory()
        let state = folder.path
        var engine = try await InvalidationEngine.start(configuration: path, stateDirectory: state)
        let rule: ByteString = "pages on stock:{id} invalidate page:{id}"
        try await engine.invalidator.add(rule: rule, isDryRun: true)
        await #expect(throws: CacheInvalidator.Failure.self) {
            try await engine.invalidator.remove(rule: "pages")
        }
        for wrong: ByteString in [
            "pages on", "fixed on c:{id} invalidate d:{id}", "x on a:{i} invalidate {j}",
        ] {
            await #expect(throws: CacheInvalidator.Failure.self, "\(wrong)") {
                try await engine.invalidator.add(rule: wrong)
            }
        }
        try await engine.invalidator.add(rule: rule)
        engine.stop()

        engine = try await InvalidationEngine.start(configuration: path, stateDirectory: state)
        defer { engine.stop() }
        _ = try direct.command("MSET", "stock:7", "x", "page:7", "x")
        #expect(try await engine.invalidator.invalidate(key: "stock:7").deleted == 2)
        await #expect(throws: CacheInvalidator.Failure.self) {
            try await engine.invalidator.remove(rule: "fixed")
        }
        try await engine.invalidator.remove(rule: "pages", isDryRun: true)
        try await engine.invalidator.remove(rule: "pages")
        _ = try direct.command("MSET", "stock:7", "x", "page:7", "x")
        #expect(try await engine.invalidator.invalidate(key: "stock:7").deleted == 1)
    }

    @Test("every call has a dry run that changes nothing, and does what it says without")
    func calls() async throws {
        let engine = try await InvalidationEngine.start(
            configuration: configuration(
                "reconcile-on-start no\ntag p:{id} all\ndepend page:{id} on p:{id}"))
        defer { engine.stop() }
        let dry = CacheInvalidator.Options(isDryRun: true)
        let door = engine.invalidator
        func refill() throws {
            _ = try direct.command("MSET", "p:1", "x", "p:2", "x", "page:1", "x", "page:2", "x")
            _ = try direct.command("SADD", "freshet:tag:all", "p:1", "p:2")
        }
        try refill()
        #expect(try await door.invalidate(key: "p:1", dry).deleted == 2)
        #expect(try await door.invalidate(tag: "all", dry).deleted == 4)
        #expect(try await door.invalidate(pattern: "page:*", dry).deleted == 2)
        #expect(try await door.invalidate(relatedTo: "p:1", dry).deleted == 1)
        #expect(try await door.invalidate(expression: "tag:all", dry).deleted == 4)
        #expect(try await door.setTTL(.seconds(60), for: ["p:1", "no:1"], dry).deleted == 1)
        #expect(try await engine.tags.keys(tagged: "all") == ["p:1", "p:2"])
        #expect(try exist("p:1", "p:2", "page:1", "page:2") == 4)
        #expect(try direct.command("TTL", "p:1") == .integer(-1))

        #expect(try await door.setTTL(.seconds(60), for: ["p:1", "no:1"]).deleted == 1)
        #expect((1...60).contains(try direct.command("TTL", "p:1").integer ?? -9))
        #expect(try await door.invalidate(relatedTo: "p:1").deleted == 1)
        #expect(try exist("p:1", "page:1") == 1)
        #expect(try await door.invalidate(pattern: "page:*").deleted == 1)
        #expect(try await door.invalidate(tag: "all").deleted == 2)
        #expect(try exist("p:1", "p:2", "page:1", "page:2") == 0)
    }

    @Test("what Redis is away for is done by the next engine on the same state directory")
    func durable() async throws {
        let folder = try TemporaryDirectory()
        let state = folder.path
        let line = try FaultProxy(to: redis.unix)
        line.refuseConnections()
        let path = directory.path + "/proxy.conf"
        try FileSystem.write("upstream \(line.endpoint.upstream)\nreconcile-on-start no\n", to: path)
        _ = try direct.command("SET", "p:1", "x")
        var engine = try await InvalidationEngine.start(configuration: path, stateDirectory: state)
        let told = try await engine.invalidator.invalidate(key: "p:1")
        #expect(told.isQueued)
        engine.stop()
        #expect(try exist("p:1") == 1)

        try FileSystem.write("upstream \(redis.unix.upstream)\nreconcile-on-start no\n", to: path)
        engine = try await InvalidationEngine.start(configuration: path, stateDirectory: state)
        defer { engine.stop() }
        try await wait("the key to be gone") { try self.exist("p:1") == 0 }
    }

    @Test("an embedded engine invalidates in the fallback as well")
    func fallback() async throws {
        let second = try RedisServer()
        let other = try HiredisClient(second.unix)
        for client in [direct, other] { _ = try client.command("SET", "p:1", "x") }
        let engine = try await InvalidationEngine.start(
            configuration: configuration("fallback \(second.unix.upstream)\nreconcile-on-start no"))
        defer { engine.stop() }
        #expect(try await engine.invalidator.invalidate(key: "p:1").deleted == 1)
        try await wait("the key to be gone from the fallback") {
            try other.command("EXISTS", "p:1") == .integer(0)
        }
    }

    private func left() throws -> Int {
        try direct.command("EVAL", "return #redis.call('KEYS','p:*')", "0").integer ?? -1
    }

    private func wait(_ what: String, _ body: () async throws -> Bool) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(30)
        while try await !body() {
            if clock.now > deadline { throw SupportError("waited in vain: \(what)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
