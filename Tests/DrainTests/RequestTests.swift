import Bytes
import Naming
import TestSupport
import Testing

@Suite("Requests")
struct RequestTests {
    private static let conventions = """
        tag p:{id}:** product:{id} all
        tag page:{lang}:** pages/{lang}
        tag search:** searches
        depend view:{id} on p:{id}:price
        """

    private func stage() throws -> DrainStage {
        let stage = try DrainStage(Self.conventions)
        for key in [
            "p:1:price", "p:1:name", "p:2:price", "view:1", "view:2", "page:en:a", "page:de:a", "search:x",
            "search:y", "other",
        ] { _ = try stage.client.command("SET", key, "x") }
        return stage
    }

    private func keys(_ stage: DrainStage) throws -> Set<String> {
        Set(try stage.client.command("KEYS", "*").elements?.compactMap(\.text) ?? [])
    }

    @Test("a pattern takes the keys that match, by the index or by their names, and what depends on them")
    func pattern() throws {
        let stage = try stage()
        #expect(try stage.deleted("PATTERN", "p:{id}:price", "DRYRUN") == 4)
        #expect(try keys(stage).count == 10)
        #expect(try stage.deleted("PATTERN", "p:{id}:price") == 4)
        #expect(
            try keys(stage) == ["p:1:name", "page:en:a", "page:de:a", "search:x", "search:y", "other"])
        #expect(try stage.deleted("PATTERN", "search:**") == 2)
        #expect(try stage.deleted("PATTERN", "other") == 1)
        #expect(try keys(stage) == ["p:1:name", "page:en:a", "page:de:a"])
    }

    @Test("a pattern that matches everything is refused unless forced")
    func broad() throws {
        let stage = try stage()
        #expect(try stage.admin.run("FRESHET INVALIDATE PATTERN **").isError)
        #expect(try stage.admin.run("FRESHET INVALIDATE PATTERN {a}:{b}").isError)
        #expect(try keys(stage).count == 10)
        #expect(try stage.deleted("PATTERN", "**", "FORCE") == 10)
        #expect(try keys(stage).isEmpty)
    }

    @Test("what depends on a key goes without it, and with it where asked to")
    func related() throws {
        let stage = try stage()
        #expect(try stage.deleted("RELATED", "p:1:price") == 1)
        #expect(try keys(stage).contains("p:1:price"))
        #expect(try stage.deleted("RELATED", "p:1:price", "WITHSELF") == 1)
        #expect(try !keys(stage).contains("p:1:price"))
    }

    @Test("softly, keys expire within the time, and none lives longer than before")
    func softly() throws {
        let stage = try stage()
        _ = try stage.client.command("PEXPIRE", "p:1:name", "3000")
        let reply = try stage.ask("INVALIDATE", "TAG", "all", "SOFTLY", "100s")
        #expect(reply["softened"]?.integer == 3)
        for key in ["p:1:price", "p:2:price"] {
            let left = try stage.direct.command("PTTL", key).integer ?? 0
            #expect((1...50_000).contains(left), "\(key) has \(left) ms")
        }
        // What is built from them waits until the last of them has gone.
        #expect(try stage.direct.command("PTTL", "view:1") == .integer(-1))
        #expect(try stage.direct.command("PTTL", "p:1:name").integer ?? 9999 <= 3000)
        #expect(try stage.direct.command("PTTL", "other") == .integer(-1))
    }

    @Test("spread over a time, keys go one after the other and all in the end")
    func over() throws {
        let stage = try DrainStage(Self.conventions)
        try stage.fill("search:", 1000, tag: "searches")
        #expect(try stage.ask("INVALIDATE", "TAG", "searches", "OVER", "2s", "ASYNC")["queued"] != nil)
        var seen: Set<Int> = []
        try waitUntil("all to be gone", withinMilliseconds: 20_000) {
            let left = try stage.count("search:*")
            seen.insert(left)
            return left == 0
        }
        #expect(seen.count > 2, "seen on the way: \(seen.sorted())")
    }

    @Test("a time to live is set for each key that exists")
    func timeToLive() throws {
        let stage = try stage()
        #expect(try stage.ask("TTL", "50s", "other", "p:1:price", "missing")["set"]?.integer == 2)
        let left = try stage.direct.command("PTTL", "other").integer ?? 0
        #expect((40_000...50_000).contains(left))
        #expect(try stage.admin.run("FRESHET TTL soon other").isError)
        #expect(try stage.admin.run("FRESHET TTL 5s freshet:tag:all").isError)
    }

    @Test("a request that Redis is away for is queued, and done when it is back")
    func away() throws {
        let stage = try stage()
        try stage.redis.kill()
        let reply = try stage.ask("INVALIDATE", "KEY", "other")
        #expect(reply["queued"]?.integer != nil)
        try stage.redis.start()
        let direct = try HiredisClient(stage.redis.unix)
        _ = try direct.command("SET", "other", "x")
        try waitUntil("the key to be gone", withinMilliseconds: 20_000) {
            let number = "\(reply["queued"]?.integer ?? 0)"
            return try stage.ask("INVALIDATE", "PROGRESS", number)["state"]?.text == "done"
        }
    }

    @Test("an option that makes no sense is refused, and nothing is removed")
    func mistakes() throws {
        let stage = try stage()
        for line in [
            "KEY other SOFTLY soon", "KEY other SOFTLY", "TAG all SOFTLY 30 s", "KEY other DB first",
            "KEY other DB", "KEY other DRYRUN view:1", "TAG all FORCE", "TAG all WITHSELF",
            "KEY other OVER -1",
        ] {
            let reply = try stage.admin.run("FRESHET INVALIDATE \(line)")
            #expect(reply.isError, "\(line) answered \(reply)")
        }
        #expect(try stage.admin.run("FRESHET TTL 5s other DB first").isError)
        #expect(try stage.admin.run("FRESHET TAG ADD sale other DB first").isError)
        #expect(try keys(stage).count == 10)
        #expect(throws: SupportError.self) { try stage.deleted("TAG", "") }
        _ = try stage.direct.command("SET", "softly", "x")
        #expect(throws: SupportError.self) { try stage.deleted("KEY", "softly") }
        #expect(try stage.deleted("KEY", "--", "softly") == 1)
    }

    @Test("a database that Redis has not got makes a dead letter, not an endless attempt")
    func noSuchDatabase() throws {
        let stage = try stage()
        #expect(try stage.ask("INVALIDATE", "KEY", "other", "DB", "99", "ASYNC")["queued"] != nil)
        try waitUntil("a dead letter; the log: \(stage.proxy.log.suffix(2000))") {
            try stage.admin.run("FRESHET DLQ LIST ERROR \"DB index\"").elements?.count == 1
        }
    }

    @Test("an expression may join as many tags as a request can hold")
    func longExpression() throws {
        let stage = try stage()
        let tags = (0..<40_000).map { "t\($0)" }
        #expect(
            try stage.deleted("EXPR", (["pages/en"] + tags).joined(separator: "|"), "DRYRUN") == 1)
        #expect(
            try stage.deleted("EXPR", (["pages/en"] + tags).joined(separator: "&"), "DRYRUN") == 0)
        let same = [String](repeating: "pages/en", count: 40_000)
        #expect(try stage.deleted("EXPR", same.joined(separator: "|"), "DRYRUN") == 1)
        #expect(try stage.deleted("EXPR", same.joined(separator: "&"), "DRYRUN") == 1)
        #expect(try stage.deleted("EXPR", "(pages/en & pages) | none") == 1)
    }

    @Test("expressions of tags take exactly the keys that a naive model takes")
    func expressions() throws {
        let stage = try DrainStage("tag i:{a}:{b}:** x/{a} y/{a}/{b} z{b}")
        var names: [String: Set<String>] = [:]
        for a in 0..<3 {
            for b in 0..<3 {
                for c in 0..<2 {
                    let key = "i:\(a):\(b):\(c)"
                    _ = try stage.client.command("SET", key, "v")
                    names[key] = ["x", "x/\(a)", "y", "y/\(a)", "y/\(a)/\(b)", "z\(b)"]
                }
            }
        }
        for key in ["i:0:0:0", "i:2:2:1"] {
            #expect(try stage.admin.run("FRESHET TAG ADD hand/made \(key)") == .integer(1))
            names[key]?.formUnion(["hand", "hand/made"])
        }
        let tags = ["x", "x/1", "y/0", "y/2/2", "z0", "z1", "hand", "hand/made", "none"]
        var seed = Seed.ofThisRun()
        for _ in 0..<25 {
            let (text, holds) = Self.expression(tags, depth: 3, &seed)
            let wanted = Set(names.filter { holds($0.value) }.keys)
            let reply = try stage.ask("INVALIDATE", "EXPR", text, "DRYRUN")
            let lines = reply["keys"]?.elements?.compactMap(\.text) ?? []
            let found = Set(lines.map { String($0.prefix { $0 != " " }) })
            #expect(found == wanted, "\(text), \(seed)")
        }
        #expect(try stage.deleted("EXPR", "tag:x/1 & (tag:z0|tag:z1)") == 4)
        #expect(try stage.count("i:*") == 14)
        #expect(try stage.admin.run("FRESHET INVALIDATE EXPR 'tag:a &'").isError)
    }

    /// A random expression, as text and as a function of the tags of a key.
    private static func expression(
        _ tags: [String], depth: Int, _ seed: inout Seed
    ) -> (String, (Set<String>) -> Bool) {
        guard depth > 0, Int.random(in: 0..<4, using: &seed) > 0 else {
            let tag = tags[Int.random(in: 0..<tags.count, using: &seed)]
            return ("tag:\(tag)", { $0.contains(tag) })
        }
        let (left, isLeft) = expression(tags, depth: depth - 1, &seed)
        let (right, isRight) = expression(tags, depth: depth - 1, &seed)
        switch Int.random(in: 0..<6, using: &seed) {
        case 0: return ("(\(left)&\(right))", { isLeft($0) && isRight($0) })
        case 1: return ("(\(left) AND \(right))", { isLeft($0) && isRight($0) })
        case 2: return ("(\(left) and not \(right))", { isLeft($0) && !isRight($0) })
        case 3: return ("(\(left) && !!! \(right))", { isLeft($0) && !isRight($0) })
        case 4: return ("(\(left) OR \(right))", { isLeft($0) || isRight($0) })
        default: return ("(\(left) | \(right))", { isLeft($0) || isRight($0) })
        }
    }
}

extension RawClient {
    /// Runs a command written as for redis-cli.
    func run(_ line: String) throws -> Reply {
        try send(RequestEncoding.command(RequestEncoding.arguments(of: line)))
        return try readFrame().reply
    }
}
