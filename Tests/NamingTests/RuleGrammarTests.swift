import Bytes
import Naming
import Testing

/// The first rule of a line that is expected to be right.
private func rule(_ line: String) throws -> Rule {
    try #require(try compiled(["rule r on p:{id} invalidate x " + line]).rules.first)
}

/// What is wrong with a rule of these clauses.
private func complaints(_ clauses: String) -> [String] {
    diagnostics("rule r on p:{id} invalidate x " + clauses).map(\.message)
}

@Suite("Rule grammar")
struct RuleGrammarTests {
    @Test("every clause is read, in any order")
    func clauses() throws {
        let late = try rule("rate 5/m after 500ms softly 30s").clauses
        #expect(late.afterMilliseconds == 500)
        #expect(late.softlyMilliseconds == 30_000)
        #expect(late.rate == RuleClauses.Rate(count: 5, perMilliseconds: 60_000))
        #expect(late.isDeferred && !late.isPlain)
        let calm = try rule("after-reply over 2m debounce 1h").clauses
        #expect(calm.overMilliseconds == 120_000)
        #expect(calm.debounceMilliseconds == 3_600_000)
        #expect(calm.reply == .after)
    }

    @Test("every condition is read, with what it was written as")
    func conditions() throws {
        let clauses = try rule(
            "when command=SET,config|set db=0,2 client=worker-* user=app,admin time=22:00-06:00@+02:00 "
                + "days=mon-fri exists f:{id} ttl<60s ttl>=1s size>1kb unless exists freeze"
        ).clauses
        #expect(
            clauses.when.map(\.text) == [
                "command=SET,config|set", "db=0,2", "client=worker-*", "user=app,admin",
                "time=22:00-06:00@+02:00", "days=mon-fri", "exists f:{id}", "ttl<60s", "ttl>=1s", "size>1kb",
            ])
        #expect(clauses.unless.map(\.text) == ["exists freeze"])
        #expect(clauses.when[0].subject == .command(["set", "config|set"]))
        #expect(clauses.when[7].subject == .ttl(.init(sign: .less, bound: 60_000)))
        #expect(clauses.when[9].subject == .size(.init(sign: .more, bound: 1024)))
        #expect(!clauses.isDeferred)
    }

    @Test("a rule without clauses is followed like a dependency; one with clauses fires")
    func followed() throws {
        let plain = try compiled(["rule r on a invalidate b"])
        #expect(plain.rules.map(\.isFollowed) == [true])
        #expect(plain.closure(of: ["a"], maxDepth: 9, maxKeys: 9).steps.map(\.key) == ["b"])
        #expect(plain.closure(of: ["a"], maxDepth: 9, maxKeys: 9).firings.isEmpty)
        let conditional = try compiled(["rule r on a invalidate b when db=0"])
        let closure = conditional.closure(of: ["a"], maxDepth: 9, maxKeys: 9)
        #expect(closure.steps.isEmpty)
        #expect(closure.firings.map(\.trigger) == ["a"])
        #expect(conditional.concerns("a"))
    }

    @Test("a paused rule fires, whatever its clauses, so that its work can be kept")
    func paused() throws {
        var set = ConventionSet(paused: ["r"])
        #expect(set.add("rule r on a invalidate b").isEmpty)
        let conventions = try #require(set.compile().0)
        let closure = conventions.closure(of: ["a"], maxDepth: 9, maxKeys: 9)
        #expect(closure.steps.isEmpty)
        #expect(closure.firings.map(\.rule.isPaused) == [true])
    }

    @Test("a firing deep in a cascade knows its depth, and what follows from it counts from there")
    func depth() throws {
        let conventions = try compiled([
            "depend b on a", "depend c on b", "rule r on c invalidate d when db=0", "depend e on d",
        ])
        let closure = conventions.closure(of: ["a"], maxDepth: 9, maxKeys: 9)
        let firing = try #require(closure.firings.first)
        #expect(firing.trigger == "c" && firing.depth == 2)
        let next = conventions.closure(of: firing.rule, firedBy: "c", maxDepth: 9, maxKeys: 9)
        #expect(next.steps.map { "\($0.depth) \($0.key)" } == ["1 d", "2 e"])
    }

    @Test("targets with wildcards are recorded for rules with clauses too")
    func recorded() throws {
        let conventions = try compiled(["rule r on p:{id} invalidate pattern:search:** after 1s"])
        #expect(conventions.usesIndex)
        #expect(conventions.facts(of: "search:shoes").records.count == 1)
        let rule = try #require(conventions.rules.first)
        #expect(
            conventions.closure(of: rule, firedBy: "p:1", maxDepth: 9, maxKeys: 9).takes.map(\.indexKey)
                == conventions.facts(of: "search:shoes").records.map(\.indexKey))
    }

    @Test(
        "what contradicts itself is refused, with the reason",
        arguments: [
            ("before-reply after-reply", "a reply either waits or does not"),
            ("before-reply after 1s", "a reply does not wait for what happens later"),
            ("debounce 1s before-reply", "a reply does not wait for what happens later"),
            ("rate 1/s before-reply", "a reply does not wait for a rate"),
            ("over 1s before-reply", "a reply does not wait for what is spread over time"),
            ("softly 1s before-reply", "a reply does not wait for keys to expire"),
            ("after 1s debounce 1s", "'debounce' is a delay already"),
            ("softly 1s over 1s", "'softly' spreads the misses already"),
            ("when db=0 unless db=0", "the rule could never fire"),
            ("when db=0 db=1", "say it once, with commas"),
            ("after 1s after 2s", "'after' is said twice"),
        ])
    func contradictions(clauses: String, reason: String) {
        let found = complaints(clauses)
        #expect(found.count == 1 && found.first?.contains(reason) == true, "\(found)")
    }

    @Test(
        "what cannot be read says what was expected",
        arguments: [
            ("after", "expected a duration, such as '500ms' after 'after', found the end of the line"),
            ("after 5", "expected a duration with its unit (ms, s, m, h or d)"),
            ("after 0s", "expected a duration from 1ms to 30d"),
            ("after 31d", "expected a duration from 1ms to 30d"),
            ("rate 5", "expected a rate such as '20/s', '5/m' or '1/h'"),
            ("rate 0/s", "expected a rate such as '20/s', '5/m' or '1/h'"),
            ("when", "expected a condition"),
            ("when comand=SET", "did you mean 'command'?"),
            ("when command=", "expected names of commands, as in 'command=SET,HSET', found 'command='"),
            ("when db=x", "expected numbers of databases, as in 'db=0,2', found 'db=x'"),
            ("when time=9-17", "expected a time of day, as in 'time=09:00-17:30'"),
            ("when time=09:00-25:00", "expected a time of day"),
            ("when time=09:00-17:00@Mars", "Mars"),
            ("when days=mo-fr", "expected days of the week"),
            ("when exists", "expected a key, such as 'maintenance:freeze'"),
            ("when exists f:{x}", "'{x}' is used but the pattern binds only {id}"),
            ("when ttl<60", "expected a duration behind it, as in 'ttl<60s'"),
            ("when size>1x", "expected a size, as in 'size>1kb'"),
            ("when ttl=5s", "expected a condition"),
            ("softly 30s whn db=0", "did you mean 'when'?"),
        ])
    func errors(clauses: String, message: String) {
        let found = complaints(clauses)
        #expect(found.first?.contains(message) == true, "\(found)")
    }

    @Test("an error of a clause stands at its word")
    func place() {
        let found = diagnostics("rule r on a invalidate b after 5x")
        #expect(found.map(\.location.column) == [32])
        #expect(found.map(\.location.length) == [2])
    }

    @Test("a firing reads the same from bytes, with the rule as it was if the configuration has another")
    func coding() throws {
        let conventions = try compiled(["rule r on p:{id} invalidate x:{id} after 5s when exists f:{id}"])
        let rule = try #require(conventions.rules.first)
        let firing = Firing(
            rule, trigger: "p:1", depth: 3, ancestors: [.init(rule: "q", trigger: "k")])
        var writer = ByteWriter()
        firing.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try Firing(from: &reader, conventions) == firing)
        let other = try compiled(["rule r on p:{id} invalidate y"])
        reader = ByteReader(writer.bytes)
        let old = try Firing(from: &reader, other)
        #expect(old.rule.clauses.afterMilliseconds == 5000)
        #expect(old.rule.targetTexts == ["x:{id}"])
        for count in 0..<writer.bytes.count {
            var torn = ByteReader(Array(writer.bytes.prefix(count)))
            #expect(throws: ByteReader.Damage.self) { try Firing(from: &torn, conventions) }
        }
    }

    @Test("an allowed cycle of firings that wait comes to its end")
    func repeated() throws {
        let conventions = try compiled(
            ["rule r on a invalidate b after 1s", "rule s on b invalidate a after 1s"], cyclesAllowed: true)
        let rule = try #require(conventions.rules.first)
        let first = Firing(rule, trigger: "a", depth: 0)
        let again = Firing(rule, trigger: "a", depth: 4, ancestors: first.lineage)
        #expect(!first.isRepeated && again.isRepeated)
        #expect(!Firing(rule, trigger: "other", depth: 4, ancestors: first.lineage).isRepeated)
    }
}
