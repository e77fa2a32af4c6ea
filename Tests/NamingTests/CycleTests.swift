import Naming
import Testing

struct CycleTests {
    @Test("a cycle is an error that tells its path")
    func path() {
        let found = diagnostics("depend b:{x} on a:{x}", "depend a:{x} on b:{x}")
        #expect(found.map(\.severity) == [.error])
        #expect(
            found.first?.message
                == "dependencies form a cycle: a:{x} -> b:{x} -> a:{x}; break it, or set 'cycles allow'")
        #expect(found.first?.location == SourceLocation(file: "proxy.conf", line: 2, column: 8, length: 5))
    }

    @Test("an allowed cycle is a warning")
    func allowed() {
        let found = diagnostics("depend b:{x} on a:{x}", "depend a:{x} on b:{x}", cyclesAllowed: true)
        #expect(found.map(\.severity) == [.warning])
    }

    @Test(
        "links that can meet in one key form a cycle",
        arguments: [
            (["depend a:{x} on a:{x}"], "a:{x} -> a:{x}"),
            (["depend n:{a} on n:{b}"], "n:{b} -> n:{a} (matches n:{b})"),
            (["depend n:{b}:{a} on n:{a}:{b}"], "n:{a}:{b} -> n:{b}:{a} (matches n:{a}:{b})"),
            (
                ["depend u:{i}:a on u:{i}:**", "depend u:{i}:b on u:{i}:**"],
                "u:{i}:** -> u:{i}:a (matches u:{i}:**) -> u:{i}:b (matches u:{i}:**)"
            ),
            (
                ["tag p:{id}:list c:{id}", "rule r on p:{id}:** invalidate tag:c:{id}"],
                "p:{id}:** -> tag:c:{id} -> p:{id}:list (matches p:{id}:**)"
            ),
            (["tag p:{id} a/{id}", "rule r on p:{id} invalidate tag:a"], "p:{id} -> tag:a -> p:{id}"),
            (["rule r on s:{x} invalidate pattern:s:*"], "s:{x} -> s:* (matches s:{x})"),
            (["depend x-{a}-z on x-{b}"], "x-{b} -> x-{a}-z (matches x-{b})"),
        ])
    func meeting(lines: [String], path: String) {
        var set = ConventionSet()
        for line in lines { #expect(set.add(line).isEmpty) }
        let (conventions, found) = set.compile()
        #expect(conventions == nil)
        #expect(found.contains { $0.message.contains("form a cycle: \(path);") }, "\(found.map(\.message))")
    }

    @Test(
        "links that cannot meet, or only find the same key again, are no cycle",
        arguments: [
            ["depend u:{id} on u:{id}:name"], ["depend u:{id}:summary on u:{id}:**"], ["depend home on {x}"],
            ["depend a:{x}:1 on a:{x}:2", "depend a:{x}:2 on a:{x}:3"], ["depend x-{a} on y-{a}"],
            ["depend a-{x}-b on a-{x}-c"], ["tag p:{id} b/{id}", "rule r on p:{id} invalidate tag:a"],
        ])
    func apart(lines: [String]) {
        var set = ConventionSet()
        for line in lines { #expect(set.add(line).isEmpty) }
        #expect(set.compile().1.isEmpty)
    }

    @Test("a chain of ten thousand links is searched without exhausting the stack")
    func longChain() {
        var set = ConventionSet()
        let found = (0..<10_000).flatMap { set.add("depend k\($0 + 1):{x} on k\($0):{x}") }
        #expect(found.isEmpty)
        #expect(set.compile().1.isEmpty)
        #expect(set.add("depend k0:{x} on k10000:{x}").isEmpty)
        #expect(set.compile().1.count == 1)
    }
}
