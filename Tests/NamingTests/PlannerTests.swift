import Bytes
import Naming
import Testing

/// A graph of keys made of all kinds of lines, and what is reachable in it.
///
/// A node is one key, `k:z:3`, or, where its name has a part that no other name tells, two: `r:1:z:3` and
/// `r:2:z:3`, which have to be recorded.
private struct Graph {
    var isRecorded: [Bool] = []
    var edges: [(from: Int, to: Int)] = []
    var lines: [String] = []

    init(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let count = Int.random(in: 2...20, using: &generator)
        isRecorded = (0..<count).map { $0 > 0 && Int.random(in: 0..<3, using: &generator) == 0 }
        for number in 0..<Int.random(in: 1...50, using: &generator) {
            let edge = (
                Int.random(in: 0..<count, using: &generator), Int.random(in: 0..<count, using: &generator)
            )
            edges.append(edge)
            lines.append(line(number, edge.0, edge.1, &generator))
        }
    }

    private func pattern(_ node: Int) -> String {
        isRecorded[node] ? "r:{y\(node)}:{x}:\(node)" : "k:{x}:\(node)"
    }

    private func line(_ number: Int, _ from: Int, _ to: Int, _ generator: inout SeededGenerator) -> String {
        let source = pattern(from)
        // What a recorded node is built from cannot name it; from itself it could, in part.
        let target = isRecorded[to] ? "r:{z\(to)}:{x}:\(to)" : pattern(to)
        let rule = "rule r\(number) on \(source) invalidate \(isRecorded[to] ? "pattern:" : "")\(target)"
        return switch Int.random(in: 0..<3, using: &generator) {
        case 0: "depend \(target) on \(source)"
        case 1: rule
        default: rule + " when db=0"
        }
    }

    func keys(_ node: Int) -> [ByteString] {
        isRecorded[node]
            ? ["r:1:z:\(node)", "r:2:z:\(node)"].map { ByteString($0) } : [ByteString("k:z:\(node)")]
    }

    var allKeys: [ByteString] { isRecorded.indices.flatMap(keys) }

    /// What goes stale with the first node, without that itself.
    var reachable: Set<ByteString> {
        var found: Set<Int> = []
        var waiting = [0]
        while let node = waiting.popLast() {
            for edge in edges where edge.from == node && found.insert(edge.to).inserted {
                waiting.append(edge.to)
            }
        }
        return Set(found.flatMap(keys)).subtracting(keys(0))
    }
}

@Suite("Planner")
struct PlannerTests {
    @Test(
        "on random graphs of all kinds of lines a cascade ends, and reaches exactly what is reachable, once",
        arguments: 1...60)
    func reachable(seed: UInt64) throws {
        let graph = Graph(seed: seed)
        let conventions = try compiled(graph.lines, cyclesAllowed: true)
        var index: [ByteString: Set<ByteString>] = [:]
        for key in graph.allKeys {
            for record in conventions.facts(of: key).records {
                index[record.indexKey, default: []].insert(record.member)
            }
        }
        var visited: Set<ByteString> = Set(graph.keys(0))
        var waiting = graph.keys(0)
        var rounds = 0
        while !waiting.isEmpty {
            rounds += 1
            try #require(rounds <= 1000)
            var next: [ByteString] = []
            var closures = [conventions.closure(of: waiting, maxDepth: 1000, maxKeys: 7)]
            while let closure = closures.popLast() {
                next += closure.unexplored
                for step in closure.steps where visited.insert(step.key).inserted { next.append(step.key) }
                for take in closure.takes {
                    for member in index.removeValue(forKey: take.indexKey) ?? []
                    where visited.insert(member).inserted { next.append(member) }
                }
                for firing in closure.firings {
                    closures.append(
                        conventions.closure(of: firing.rule, firedBy: firing.trigger, maxDepth: 1, maxKeys: 7)
                    )
                }
            }
            waiting = next
        }
        #expect(visited.subtracting(graph.keys(0)) == graph.reachable, "\(graph.lines)")
    }

    @Test("within one walk no key is a step twice, and none fires a rule twice", arguments: 1...30)
    func once(seed: UInt64) throws {
        let graph = Graph(seed: seed &+ 1000)
        let conventions = try compiled(graph.lines, cyclesAllowed: true)
        let closure = conventions.closure(of: graph.keys(0), maxDepth: 1000, maxKeys: 1000)
        #expect(Set(closure.steps.map(\.key)).count == closure.steps.count)
        #expect(Set(closure.takes.map(\.indexKey)).count == closure.takes.count)
        #expect(Set(closure.firings).count == closure.firings.count)
        #expect(!closure.isTruncated)
    }
}
