import TestSupport
import Testing

@Suite("Conditions of rules")
struct ConditionTests {
    @Test("the command decides, and what it is called does not matter to Redis's reply")
    func command() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} when command=SET,HSET")
        #expect(try !stage.survives("x:1", "SET p:1 v"))
        #expect(try stage.survives("x:1", "APPEND p:1 v"))
        #expect(try stage.survives("x:1", "DEL p:1"))
        #expect(try !stage.survives("x:1", "HSET p:1 f v"))
        #expect(try stage.count("r", "fired") == 2)
        #expect(try stage.count("r", "refused") == 2)
    }

    @Test("the database decides")
    func database() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} unless db=0")
        #expect(try stage.survives("x:1", "SET p:1 v"))
        try stage.run("SELECT 3")
        try stage.run("SET x:1 v")
        try stage.run("SET p:1 v")
        #expect(try stage.run("EXISTS x:1") == .integer(0))
    }

    @Test("the client's name decides, as it is when the command comes")
    func client() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} when client=worker-*")
        #expect(try stage.survives("x:1", "SET p:1 v"))
        try stage.run("CLIENT SETNAME worker-7")
        #expect(try !stage.survives("x:1", "SET p:1 v"))
        try stage.run("CLIENT SETNAME web")
        #expect(try stage.survives("x:1", "SET p:1 v"))
    }

    @Test("the ACL user decides")
    func user() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} when user=importer")
        try stage.redis("ACL SETUSER importer on nopass ~* +@all")
        #expect(try stage.survives("x:1", "SET p:1 v"))
        try stage.run("AUTH importer any")
        #expect(try !stage.survives("x:1", "SET p:1 v"))
    }

    @Test("a time window decides, at the moment of the command")
    func time() throws {
        let stage = try RuleStage(
            """
            rule always on p:{id} invalidate x:{id} when time=00:00-24:00 days=mon-sun
            rule never on q:{id} invalidate x:{id} unless time=00:00-24:00@+05:30
            """)
        #expect(try !stage.survives("x:1", "SET p:1 v"))
        #expect(try stage.survives("x:1", "SET q:1 v"))
    }

    @Test("the existence of a key decides, its name filled in")
    func exists() throws {
        let stage = try RuleStage(
            "rule r on p:{id} invalidate x:{id} when exists live:{id} unless exists freeze")
        #expect(try stage.survives("x:1", "SET p:1 v"))
        try stage.redis("SET live:1 x")
        #expect(try !stage.survives("x:1", "SET p:1 v"))
        try stage.redis("SET freeze x")
        #expect(try stage.survives("x:1", "SET p:1 v"))
        try stage.redis("DEL freeze")
        #expect(try stage.survives("x:2", "SET p:2 v"))
    }

    @Test("the time that the trigger has left decides; one that never expires has more than any time")
    func timeToLive() throws {
        let stage = try RuleStage(
            """
            rule short on p:{id} invalidate short:{id} when ttl<60s
            rule long on p:{id} invalidate long:{id} when ttl>=60s
            """)
        #expect(try stage.survives("short:1", "SET p:1 v"))
        #expect(try !stage.survives("long:1", "SET p:1 v"))
        #expect(try !stage.survives("short:1", "SET p:1 v EX 30"))
        #expect(try stage.survives("long:1", "SET p:1 v EX 30"))
        #expect(try !stage.survives("long:1", "SET p:1 v EX 3000"))
        // What is gone has no time left.
        #expect(try !stage.survives("short:1", "DEL p:1"))
    }

    @Test("the size of the value decides: a string's length, and what anything else takes in memory")
    func size() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} when size>1kb")
        let kilobyte = String(repeating: "v", count: 1024)
        #expect(try stage.survives("x:1", "SET p:1 \(kilobyte)"))
        #expect(try !stage.survives("x:1", "APPEND p:1 v"))
        #expect(try stage.survives("x:2", "RPUSH p:2 a"))
        #expect(try !stage.survives("x:2", "RPUSH p:2 \(kilobyte)"))
        #expect(try stage.survives("x:1", "DEL p:1"))
    }

    @Test("a rule decides at any depth of a cascade, through names and through the index")
    func depth() throws {
        let stage = try RuleStage(
            """
            depend b:{id} on a:{id}
            depend c:{lang}:{id} on b:{id}
            rule named on b:{id} invalidate d:{id} unless exists freeze
            rule found on c:{lang}:{id} invalidate e:{lang} unless exists freeze
            depend f:{lang} on e:{lang}
            """)
        let keys = ["b:1", "c:en:1", "d:1", "e:en", "f:en"]
        for freeze in [false, true] {
            for key in ["e:en", "d:1", "b:1", "c:en:1", "e:en", "f:en", "d:1"] {
                try stage.run("SET \(key) x")
            }
            if freeze { try stage.run("SET freeze x") }
            try stage.run("SET a:1 x")
            #expect(try keys.filter(stage.has) == (freeze ? ["d:1", "e:en", "f:en"] : []))
        }
    }

    @Test("inside a transaction rules decide at EXEC")
    func transaction() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} when command=SET exists live")
        try stage.redis("SET x:1 v")
        try stage.run("MULTI")
        try stage.run("SET live v")
        try stage.run("SET p:1 v")
        #expect(try stage.has("x:1"))
        try stage.run("EXEC")
        #expect(try !stage.has("x:1"))
    }

    @Test("where Redis does not say, the rule fires")
    func doubt() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} when size>1gb")
        try stage.redis("ACL SETUSER default -memory -strlen")
        #expect(try !stage.survives("x:1", "SET p:1 v"))
    }

    @Test("the audit tells of a refusal once, however often it comes, and of what a rule did")
    func audit() throws {
        let stage = try RuleStage(
            """
            rule r on p:{id} invalidate x:{id} when exists live
            rule s on q:{id} invalidate x:{id} when db=0
            """)
        for _ in 0..<50 { try stage.run("SET p:1 v") }
        try stage.run("SET q:1 v")
        try waitUntil("both records") { try stage.audit().filter { $0.contains("q:1") }.count == 1 }
        let refused = try stage.audit().filter { $0.contains("\"outcome\":\"refused\"") }
        #expect(refused.count == 1)
        #expect(
            refused.first?.contains("rule 'r' did not fire, when exists live: no such key") == true,
            "\(refused)")
        let done = try #require(try stage.audit().first { $0.contains("q:1") })
        #expect(done.contains("rule s on q:{id} invalidate x:{id} when db=0"), "\(done)")
    }
}
