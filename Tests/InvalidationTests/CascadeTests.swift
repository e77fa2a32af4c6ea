import TestSupport
import Testing

@Suite("Cascades")
struct CascadeTests {
    /// Eight keys, each built from the one before.
    private static let chain = (1...8).map { "depend level\($0):{id} on level\($0 - 1):{id}" }
        .joined(separator: "\n")
    private static let levels = (1...8).map { "SET level\($0):a x" }

    @Test("fifteen keys under one tag go with one admin command")
    func oneTag() throws {
        let stage = try Stage("tag product:{id}:** product:{id}")
        for number in 1...15 { try stage.run("SET product:42:part:\(number) x") }
        try stage.run("SET product:43:part:1 x")
        #expect(try stage.invalidate("TAG product:42") == 15)
        #expect(try stage.run("KEYS *") == .array([.bulk("product:43:part:1")]))
        #expect(try stage.members("freshet:tag:product:42").isEmpty)
    }

    @Test("a chain of eight goes with one SET")
    func chainOfEight() throws {
        let stage = try Stage(Self.chain, seed: Self.levels)
        #expect(try stage.redis("DBSIZE") == .integer(8))
        #expect(try stage.run("SET level0:a x") == .simple("OK"))
        #expect(try stage.run("KEYS *") == .array([.bulk("level0:a")]))
        let record = try #require(try stage.audit("cascade", count: 1).first)
        #expect(record.contains("\"deleted\":8") && record.contains("\"depth\":8"), "\(record)")
    }

    @Test("a key written again cascades again, by the conventions of then")
    func writtenAgain() throws {
        let stage = try Stage("depend b:{id} on a:{id}")
        for _ in 1...3 {
            try stage.run(["SET b:1 x", "SET c:1 x", "SET a:1 x"])
            #expect(try stage.existing("b:1", "c:1") == ["c:1"])
        }
        let path = stage.proxy.configurationPath
        let text = try FileSystem.readText(path)
        try FileSystem.write(text.replacing("depend b:{id} on", with: "depend c:{id} on"), to: path)
        #expect(try stage.admin.run("FRESHET RELOAD").text?.hasPrefix("OK") == true)
        try waitUntil("the new convention") {
            try stage.run(["SET b:1 x", "SET c:1 x", "SET a:1 x"])
            return try stage.existing("b:1", "c:1") == ["b:1"]
        }
    }

    @Test("a key that was deleted first is recorded when it is written")
    func writtenAfterDeletion() throws {
        let stage = try Stage("tag product:{id}:** product:{id}")
        try stage.run(["DEL product:1:a", "SET product:1:a x"])
        #expect(try stage.members("freshet:tag:product:1") == ["product:1:a"])
        try stage.run("DEL product:1:a")
        #expect(try stage.invalidate("TAG product:1") == 0)
    }

    @Test("a rule reaches the keys of a tag and those of a pattern")
    func rule() throws {
        let stage = try Stage(
            """
            tag listing:{id}:** category/{id}
            rule price on product:{id}:price invalidate tag:category/{id} pattern:search:**
            """)
        try stage.run(["SET listing:1:top x", "SET listing:2:top x", "SET search:shoes x", "SET other x"])
        try stage.run("SET product:1:price 5")
        let left = try stage.existing("listing:1:top", "listing:2:top", "search:shoes", "other")
        #expect(left == ["listing:2:top", "other"])
    }

    @Test("invalidating a tag takes the tags below it")
    func hierarchy() throws {
        let stage = try Stage("tag page:{lang}:** pages/{lang}")
        try stage.run(["SET page:en:home x", "SET page:de:home x", "SET page:de:shop x", "SET home x"])
        #expect(try stage.invalidate("TAG pages/en") == 1)
        #expect(try stage.existing("page:de:home") == ["page:de:home"])
        try stage.run("SET page:en:home x")
        #expect(try stage.invalidate("TAG pages") == 3)
        #expect(try stage.run("KEYS *") == .array([.bulk("home")]))
    }

    @Test("a cycle that is allowed ends")
    func cycle() throws {
        let stage = try Stage("cycles allow\ndepend a:{x} on b:{x}\ndepend b:{x} on a:{x}")
        try stage.run("SET a:1 x")
        try stage.run("SET b:1 x")
        #expect(try stage.existing("a:1", "b:1") == ["b:1"])
    }

    @Test("what exceeds the limit of keys is finished in the background, and the audit tells")
    func fanOut() throws {
        let stage = try Stage(
            "cascade-max-keys 5\ncascade-step-keys 2\ndepend page:{lang}:{id} on product:{id}")
        for number in 0..<40 { try stage.run("SET page:l\(number):7 x") }
        try stage.run("SET product:7 x")
        try waitUntil("an empty keyspace but for the source") {
            try stage.run("KEYS *") == .array([.bulk("product:7")])
        }
        let records = try stage.audit("cascade", count: 2)
        #expect(records.first?.contains("\"outcome\":\"truncated\"") == true, "\(records)")
        #expect(records.last?.contains("\"outcome\":\"done\"") == true, "\(records)")
        #expect(records.last?.contains("\"parent\":") == true, "\(records)")
    }

    @Test("what lies deeper than the limit is finished in the background, and the audit tells")
    func depth() throws {
        let stage = try Stage("cascade-max-depth 3\n" + Self.chain, seed: Self.levels)
        try stage.run("SET level0:a x")
        try waitUntil("an empty keyspace but for the source") {
            try stage.run("KEYS *") == .array([.bulk("level0:a")])
        }
        let records = try stage.audit("cascade", count: 2)
        #expect(records.first?.contains("\"outcome\":\"truncated\"") == true, "\(records)")
        #expect(records.last?.contains("\"outcome\":\"done\"") == true, "\(records)")
    }

    @Test("nothing touches a protected key, not even an operator")
    func protected() throws {
        let stage = try Stage(
            """
            protect session:**
            tag session:{id}:** everything/{id}
            tag cart:{id}:** everything/{id}
            depend session:{id}:cart on cart:{id}:items
            """)
        try stage.run(["SET session:1:cart x", "SET cart:1:items x"])
        #expect(try stage.existing("session:1:cart") == ["session:1:cart"])
        #expect(try stage.members("freshet:tag:everything/1") == ["cart:1:items"])
        // Not even one that got into the index by other means.
        try stage.redis("SADD freshet:tag:everything/1 session:1:cart")
        #expect(try stage.invalidate("TAG everything") == 1)
        #expect(try stage.admin.run("FRESHET INVALIDATE KEY session:1:cart").isError)
        #expect(try stage.existing("session:1:cart", "cart:1:items") == ["session:1:cart"])
    }

    @Test("with mode observe nothing goes, and the audit says what would have")
    func observe() throws {
        let stage = try Stage("mode observe\ndepend b:{x} on a:{x}\ndepend c:{y}:{x} on a:{x}")
        try stage.run(["SET b:1 x", "SET c:9:1 x", "SET a:1 x"])
        #expect(try stage.existing("b:1", "c:9:1") == ["b:1", "c:9:1"])
        let record = try #require(try stage.audit("cascade", count: 1).first)
        #expect(record.contains("\"outcome\":\"observed\""), "\(record)")
        #expect(record.contains("\"key\":\"b:1\"") && record.contains("\"key\":\"c:9:1\""), "\(record)")
    }

    @Test("a GET on another connection after the reply sees the dependents gone")
    func beforeReply() throws {
        let stage = try Stage("depend b:{x} on a:{x}\ndepend c:{y}:{x} on b:{x}")
        let reader = try RawClient(stage.proxy.tcp)
        for round in 0..<200 {
            try stage.run(["SET b:1 x", "SET c:9:1 x"])
            try stage.run("SET a:1 x")
            #expect(try reader.run("MGET b:1 c:9:1") == .array([.null, .null]), "round \(round)")
        }
    }

    @Test("a dry run tells what would go and leaves it")
    func dryRun() throws {
        let stage = try Stage("tag product:{id}:** product:{id}")
        try stage.run(["SET product:1:a x", "SET product:1:b x"])
        #expect(try stage.invalidate("TAG product:1 DRYRUN") == 2)
        #expect(try stage.existing("product:1:a", "product:1:b").count == 2)
        #expect(try stage.members("freshet:tag:product:1").count == 2)
    }
}
