import Bytes
import Naming
import Testing

/// Monday, 2026-11-23, 12:30 UTC.
private let monday: Int64 = 1_795_437_000

private func verdict(
    _ conditions: String, command: ByteString? = "set", database: Int = 0, client: ByteString? = "worker-7",
    user: ByteString? = "app", at seconds: Int64 = monday, answers: [RuleQuestion: RuleAnswer] = [:]
) throws -> Bool {
    let conventions = try compiled(["rule r on p:{id} invalidate x \(conditions)"])
    let firing = Firing(try #require(conventions.rules.first), trigger: "p:1", depth: 0)
    let context = FiringContext(
        command: command, database: database, client: client, user: user, unixSeconds: seconds)
    return !firing.verdicts(in: context, answers: answers).contains(where: \.refuses)
}

@Suite("Rule decisions")
struct RuleDecisionTests {
    @Test(
        "conditions on who and what decide as they say",
        arguments: [
            ("when command=SET,HSET", true), ("when command=DEL", false), ("unless command=SET", false),
            ("when db=0,2", true), ("when db=1", false), ("when client=worker-*", true),
            ("when client=worker-[0-5]", false), ("when client=worker-[^0-5]", true),
            ("when client=w?rker-7", true), ("when user=admin,app", true), ("when user=admin", false),
            ("when command=SET user=admin", false), ("unless user=admin client=x", true),
            ("unless user=admin client=*", false),
        ])
    func fixed(conditions: String, fires: Bool) throws {
        #expect(try verdict(conditions) == fires)
    }

    @Test("a subcommand is matched by its command and by its full name")
    func subcommand() throws {
        #expect(try verdict("when command=json", command: "json|set"))
        #expect(try verdict("when command=json|set", command: "json|set"))
        #expect(try !verdict("when command=json|del", command: "json|set"))
    }

    @Test(
        "time windows and days are those of the zone",
        arguments: [
            ("time=09:00-17:30", true), ("time=12:30-12:31", true), ("time=12:00-12:30", false),
            ("time=22:00-06:00", false), ("time=12:00-03:00", true), ("time=13:00-12:31", true),
            ("time=14:00-15:00@+02:00", true), ("time=12:00-13:00@-05:30", false),
            ("time=00:00-24:00", true), ("days=mon", true), ("days=tue-sun", false), ("days=sat-mon", true),
            ("days=wed,mon", true), ("days=tue@+12:00", true), ("days=mon@+11:00", true),
            ("days=tue time=00:00-01:00@+12:00", true), ("time=13:00-14:00@Europe/Berlin", true),
            ("days=tue time=01:30-01:31@Pacific/Auckland", true),
        ])
    func moments(condition: String, fires: Bool) throws {
        #expect(try verdict("when " + condition) == fires)
    }

    @Test("days before 1970 and midnight itself are days")
    func edges() throws {
        #expect(try verdict("when days=thu", at: 0))
        #expect(try verdict("when days=wed time=23:59-24:00", at: -1))
        #expect(try verdict("when time=00:00-00:01", at: 86_400))
    }

    @Test(
        "what Redis says decides the others",
        arguments: [
            ("when exists f:{id}", RuleQuestion.exists("f:1"), RuleAnswer.exists(true), true),
            ("when exists f:{id}", .exists("f:1"), .exists(false), false),
            ("unless exists f:{id}", .exists("f:1"), .exists(true), false),
            ("when ttl<60s", .timeToLive("p:1"), .number(59_999), true),
            ("when ttl<60s", .timeToLive("p:1"), .number(60_000), false),
            ("when ttl<=60s", .timeToLive("p:1"), .number(60_000), true),
            ("when ttl<60s", .timeToLive("p:1"), .number(nil), false),
            ("when ttl>60s", .timeToLive("p:1"), .number(nil), true),
            ("when size>1kb", .size("p:1"), .number(1025), true),
            ("when size>=1kb", .size("p:1"), .number(1023), false),
        ])
    func asked(conditions: String, question: RuleQuestion, answer: RuleAnswer, fires: Bool) throws {
        #expect(try verdict(conditions, answers: [question: answer]) == fires)
    }

    @Test("in doubt a rule fires")
    func doubt() throws {
        #expect(try verdict("when user=admin", user: nil))
        #expect(try verdict("unless client=*", client: nil))
        #expect(try verdict("when command=DEL", command: nil))
        #expect(try verdict("when ttl<1s", answers: [.timeToLive("p:1"): .unknown("NOPERM")]))
        #expect(try verdict("unless exists f", answers: [.exists("f"): .unknown("NOPERM")]))
    }

    @Test("only what is certain for ever is decided before a delay")
    func early() throws {
        let conventions = try compiled([
            "rule r on p:{id} invalidate x after 1s when command=SET time=00:00-00:01 exists f"
        ])
        let firing = Firing(try #require(conventions.rules.first), trigger: "p:1", depth: 0)
        var context = FiringContext(
            command: "set", database: 0, client: "", user: "", unixSeconds: monday)
        #expect(firing.refusal(fixedBy: context) == nil)
        #expect(firing.refusal(in: context)?.text == "when time=00:00-00:01: it is mon 12:30 UTC")
        #expect(firing.questions == [.exists("f")])
        context.command = "del"
        #expect(firing.refusal(fixedBy: context)?.text == "when command=SET: the command is del")
    }
}
