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
