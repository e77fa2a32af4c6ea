import TestSupport
import Testing

/// A random graph of keys, its lines, and what a write of its first key makes stale.
private struct Graph {
    let lines: String
    let keys: [String]
    let reachable: Set<String>

    /// - Parameter isDeferred: whether some rules leave their work to the engine.
    init(_ number: Int, isDeferred: Bool) {
        var random = Seed.ofThisRun().derived(number)
        let count = Int.random(in: 4...24, using: &random)
        // Some have a part that no other name tells: they are recorded, and there are two of each.
        let recorded = (0..<count).map { $0 > 0 && Int.random(in: 0..<3, using: &random) == 0 }
        let names = (0..<count).map { recorded[$0] ? ["r:1:z:\($0)", "r:2:z:\($0)"] : ["k:z:\($0)"] }
        var edges: [[Int]] = []
        var lines = ["cycles allow"]
        for number in 0..<Int.random(in: 4...60, using: &random) {
            let (from, to) = (
                Int.random(in: 0..<count, using: &random), Int.random(in: 0..<count, using: &random)
            )
            edges.append([from, to])
            let source = recorded[from] ? "r:{y}:{x}:\(from)" : "k:{x}:\(from)"
            let target = recorded[to] ? "r:{w}:{x}:\(to)" : "k:{x}:\(to)"
            let rule = "rule r\(number) on \(source) invalidate \(recorded[to] ? "pattern:" : "")\(target)"
            let manners =
                ["when db=0", "unless exists nothing:{x}", "when size<1gb"]
                + (isDeferred ? ["after-reply", "after 5ms"] : [])
            switch Int.random(in: 0..<4, using: &random) {
            case 0: lines.append("depend \(target) on \(source)")
            case 1: lines.append(rule)
            default: lines.append("\(rule) \(manners.randomElement(using: &random) ?? "")")
            }
        }
        var found: Set<Int> = []
        var waiting = [0]
        while let node = waiting.popLast() {
            for edge in edges where edge[0] == node && found.insert(edge[1]).inserted {
                waiting.append(edge[1])
            }
        }
        self.lines = lines.joined(separator: "\n")
        keys = names.flatMap(\.self)
        reachable = Set(found.flatMap { names[$0] }).subtracting(names[0])
    }
}

@Suite("Reach of cascades")
struct ReachTests {
    @Test("a cascade removes exactly what is reachable, each key once", arguments: 1...5)
    func once(number: Int) throws {
        let graph = Graph(number, isDeferred: false)
        let stage = try RuleStage("cascade-step-keys 1\n" + graph.lines, seed: graph.keys)
        try stage.run("SET k:z:0 v")
        let left = try Set(graph.keys.filter(stage.has))
        #expect(left == Set(graph.keys).subtracting(graph.reachable), "\(Seed.ofThisRun()), graph \(number)")
        guard !graph.reachable.isEmpty else { return }
        try waitUntil("the record") { try stage.audit().contains { $0.contains("\"cmd\":\"set\"") } }
        let records = try stage.audit().filter {
            $0.contains("\"cmd\":\"set\"") && $0.contains("\"targets\"")
        }
        let told = records.reduce(0) { $0 + $1.components(of: "\"depth\":") }
        #expect(told == graph.reachable.count, "\(records)")
    }

    @Test("limits and rules that wait change when it is removed, not what", arguments: 1...5)
    func limited(number: Int) throws {
        let graph = Graph(number + 100, isDeferred: true)
        let limits = "cascade-max-keys 2\ncascade-max-depth 2\ncascade-step-keys 1\n"
        let stage = try RuleStage(limits + graph.lines, seed: graph.keys)
        try stage.run("SET k:z:0 v")
        let rest = Set(graph.keys).subtracting(graph.reachable)
        try waitUntil("what is reachable to go; \(Seed.ofThisRun()), graph \(number)") {
            try Set(graph.keys.filter(stage.has)) == rest
        }
        try waitUntil("an empty queue") { try stage.proxy.metric("freshet_queue_items") == 0 }
        #expect(try Set(graph.keys.filter(stage.has)) == rest)
    }
}

extension String {
    /// How often `text` occurs.
    fileprivate func components(of text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}
