import TestSupport
import Testing

@Suite("Manners of rules")
struct MannerTests {
    @Test("before-reply holds the reply although cascades do not")
    func beforeReply() throws {
        let stage = try RuleStage("cascade after-reply\nrule r on p:{id} invalidate x:{id} before-reply")
        let reader = try RawClient(stage.proxy.tcp)
        for round in 0..<200 {
            try stage.run("SET x:1 v")
            try stage.run("SET p:1 v")
            #expect(try reader.line("EXISTS x:1") == .integer(0), "round \(round)")
        }
    }

    @Test("after-reply leaves it to the engine, and it happens")
    func afterReply() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} after-reply")
        try stage.run("SET x:1 v")
        try stage.run("SET p:1 v")
        try waitUntil("the key to go") { try !stage.has("x:1") }
        #expect(try stage.count("r", "deferred") == 1)
        #expect(try stage.count("r", "fired") == 1)
    }

    @Test("after waits, not less than it says, and what follows from its targets goes too")
    func after() throws {
        let stage = try RuleStage(
            """
            rule r on p:{id} invalidate x:{id} after 300ms
            rule late on q:{id} invalidate x:{id} after 1h
            depend y:{id} on x:{id}
            """)
        try stage.run("SET x:1 v")
        try stage.run("SET y:1 v")
        try stage.run("SET q:1 v")
        let started = ContinuousClock.now
        try stage.run("SET p:1 v")
        try waitUntil("the keys to go") { try !stage.has("x:1") && !stage.has("y:1") }
        #expect(ContinuousClock.now - started >= .milliseconds(300))
        #expect(try stage.count("late", "deferred") == 1)
        #expect(try stage.count("late", "fired") == 0)
        try waitUntil("the record") { try stage.audit().contains { $0.contains("rule r, fired by p:1") } }
    }

    @Test("a key written all the time does not fill the queue with firings that wait")
    func hotKey() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} after 2s")
        for _ in 0..<300 { try stage.run("SET p:1 v") }
        try stage.run("SET x:1 v")
        try stage.run("SET p:1 v")
        try waitUntil("the key to go") { try !stage.has("x:1") }
        try waitUntil("all firings") {
            try stage.admin("INFO").text?.contains("queue_items:0") == true
                || stage.count("r", "fired") > 0
        }
        #expect(try stage.count("r", "deferred") == 301)
        #expect(try stage.count("r", "fired") < 100)
    }

    @Test("debounce makes one firing of a burst, after its last")
    func debounce() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x debounce 2s")
        try stage.run("SET x v")
        for number in 0..<50 { try stage.run("SET p:\(number) v") }
        #expect(try stage.has("x"))
        try waitUntil("the key to go") { try !stage.has("x") }
        #expect(try stage.count("r", "deferred") == 50)
        #expect(try stage.count("r", "fired") == 1)
    }

    @Test("debounce keeps apart what has different targets")
    func debounceApart() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} debounce 100ms")
        for number in 0..<5 {
            try stage.run("SET x:\(number) v")
            try stage.run("SET p:\(number) v")
        }
        try waitUntil("all keys to go") { try (0..<5).allSatisfy { try !stage.has("x:\($0)") } }
        #expect(try stage.count("r", "fired") == 5)
    }

    @Test("conditions of a rule that waits are evaluated when it runs")
    func lateCondition() throws {
        let stage = try RuleStage(
            """
            rule r on p:{id} invalidate x:{id} after 500ms unless exists freeze:{id}
            rule s on q:{id} invalidate x:{id} after 500ms when command=DEL
            """)
        for key in ["x:1", "x:2"] { try stage.run("SET \(key) v") }
        try stage.run("SET p:1 v")
        try stage.run("SET p:2 v")
        try stage.run("SET freeze:1 v")
        try stage.run("SET q:1 v")
        try waitUntil("one to go") { try !stage.has("x:2") }
        try waitUntil("the other to be refused") { try stage.count("r", "refused") == 1 }
        #expect(try stage.has("x:1"))
        // What can never hold is refused at once.
        #expect(try stage.count("s", "deferred") == 0)
        #expect(try stage.count("s", "refused") == 1)
    }

    @Test("a rate delays what exceeds it and drops nothing")
    func rate() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id} rate 10/s")
        for number in 0..<25 { try stage.run("SET x:\(number) v") }
        let started = ContinuousClock.now
        for number in 0..<25 { try stage.run("SET p:\(number) v") }
        try waitUntil("all keys to go") { try (0..<25).allSatisfy { try !stage.has("x:\($0)") } }
        // Ten at once, and fifteen more at ten a second.
        #expect(ContinuousClock.now - started >= .milliseconds(1400))
        #expect(try stage.count("r", "fired") == 25)
    }

    @Test("an allowed cycle of rules that wait comes to its end")
    func cycle() throws {
        let stage = try RuleStage(
            """
            cycles allow
            rule r on a:{id} invalidate b:{id} after 10ms
            rule s on b:{id} invalidate a:{id} c:{id} after 10ms
            """)
        try stage.run("SET c:1 v")
        try stage.run("SET a:1 v")
        try waitUntil("the last key to go") { try !stage.has("c:1") }
        try waitUntil("an empty queue") {
            try stage.proxy.metric("freshet_queue_items") == 0
        }
        #expect(try stage.count("r", "fired") <= 2)
        #expect(try stage.count("s", "fired") <= 2)
    }

    @Test("with mode observe nothing goes, now or later, and the audit says what would have")
    func observe() throws {
        let stage = try RuleStage(
            """
            mode observe
            rule r on p:{id} invalidate x:{id} when db=0
            rule s on p:{id} invalidate y:{id} after 50ms
            """)
        for key in ["x:1", "y:1"] { try stage.redis("SET \(key) v") }
        try stage.run("SET p:1 v")
        try waitUntil("both records") {
            try stage.audit().filter { $0.contains("\"outcome\":\"observed\"") }.count == 2
        }
        #expect(try stage.has("x:1") && stage.has("y:1"))
    }

    @Test("an operator's invalidation fires rules, and a dry run tells what they would do")
    func operatorsFire() throws {
        let stage = try RuleStage(
            """
            rule r on p:{id} invalidate x:{id} after 50ms
            rule s on p:{id} invalidate y:{id} unless exists freeze
            """)
        for key in ["x:1", "y:1"] { try stage.run("SET \(key) v") }
        let dry = try stage.admin("INVALIDATE RELATED p:1 DRYRUN")
        #expect(dry.elements?[1].integer == 2, "\(dry)")
        #expect(try stage.has("x:1") && stage.has("y:1"))
        try stage.admin("INVALIDATE RELATED p:1")
        #expect(try !stage.has("y:1"))
        try waitUntil("the other to go") { try !stage.has("x:1") }
    }
}
