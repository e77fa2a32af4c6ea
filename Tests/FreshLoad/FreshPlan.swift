import TestSupport

/// Conventions drawn at random, and the keys that they speak of.
///
/// Nodes are templates of names. Roots (layer 0) are what writers change; every other node is built from
/// nodes of lower layers, along `depend` lines or rules. A key of group `g` is built from the keys of the
/// same group, all of them where a node has several.
///
///     layer 0     layer 1      layer 2 …
///     n0:{g}  ──► n2:{v}:{g} ──► n3:{g}
///     n1:{g}  ──────────────────►┘
public struct FreshPlan: Sendable {
    /// How many groups of keys there are.
    static let groups = 24
    /// How many of them are written in one round.
    static let hotGroups = 6
    /// The deepest that conventions are drawn.
    static let deepest = 5

    /// How a node's names look.
    enum Shape: Sendable {
        /// `n3:{g}`: a dependent whose name its source tells.
        case single
        /// `n3:{v}:{g}`, with several values of `v`: only the index knows which are there.
        case wide
    }

    enum ValueType: Sendable { case string, hash, list }

    struct Node: Sendable {
        var number: Int
        var shape: Shape
        var type: ValueType
        /// Numbers of the nodes that it is built from.
        var sources: [Int]

        var pattern: String { shape == .single ? "n\(number):{g}" : "n\(number):{v}:{g}" }

        func names(in group: Int) -> [String] {
            shape == .single ? ["n\(number):\(group)"] : ["a", "b"].map { "n\(number):\($0):\(group)" }
        }
    }

    private(set) var nodes: [Node] = []
    /// The lines of proxy.conf.
    private(set) var lines: [String] = []
    /// Tags that operators invalidate: of one group with `/{g}`, of all without.
    private(set) var tags: [String] = []
    private(set) var schedules: [String] = []

    var roots: [Node] { nodes.filter(\.sources.isEmpty) }

    init(_ seed: inout Seed) {
        for number in 0..<Int.random(in: 1...2, using: &seed) {
            let type: ValueType = Int.random(in: 0..<4, using: &seed) == 0 ? .list : .string
            nodes.append(Node(number: number, shape: .single, type: type, sources: []))
        }
        var layer = Array(nodes.indices)
        for _ in 1...Int.random(in: 1...Self.deepest, using: &seed) {
            layer = (0..<Int.random(in: 1...2, using: &seed)).map { _ in addNode(above: layer, &seed) }
        }
        addTags(&seed)
    }

    /// Adds a node that is built from one of `layer`, and perhaps from one of any layer below.
    private mutating func addNode(above layer: [Int], _ seed: inout Seed) -> Int {
        var sources: Set = [layer.randomElement(using: &seed) ?? 0]
        if Bool.random(using: &seed) { sources.insert(Int.random(in: nodes.indices, using: &seed)) }
        let node = Node(
            number: nodes.count, shape: Bool.random(using: &seed) ? .single : .wide,
            type: Int.random(in: 0..<4, using: &seed) == 0 ? .hash : .string, sources: sources.sorted())
        for source in node.sources { addEdge(from: nodes[source], to: node, &seed) }
        nodes.append(node)
        return node.number
    }

    private mutating func addEdge(from source: Node, to node: Node, _ seed: inout Seed) {
        // A capture of the source that the dependent lacks must not look like one that it has.
        let from = source.shape == .wide ? "n\(source.number):{w}:{g}" : source.pattern
        let name = "r\(source.number)-\(node.number)"
        let target: String
        switch Int.random(in: 0..<6, using: &seed) {
        case 0:
            lines.append("tag \(node.pattern) t\(node.number)/{g}")
            target = "tag:t\(node.number)/{g}"
        case 1: target = node.shape == .single ? node.pattern : "pattern:n\(node.number):*:{g}"
        default: return lines.append("depend \(node.pattern) on \(from)")
        }
        lines.append("rule \(name) on \(from) invalidate \(target)\(Self.clauses(&seed))")
    }

    private static func clauses(_ seed: inout Seed) -> String {
        let clauses = [
            "", "", " before-reply", " after 40ms", " debounce 30ms", " softly 300ms", " over 300ms",
        ]
        return clauses.randomElement(using: &seed) ?? ""
    }

    /// Nodes of all layers share tags, so that members are the sources of other members.
    private mutating func addTags(_ seed: inout Seed) {
        for tag in ["all", "some"] {
            let chosen = nodes.filter { _ in Int.random(in: 0..<3, using: &seed) != 0 }
            if chosen.isEmpty { continue }
            for node in chosen { lines.append("tag \(node.pattern) \(tag) \(tag)-of/{g}") }
            tags.append(tag)
            schedules.append("nightly-\(tag)")
            lines.append("schedule nightly-\(tag) \"0 3 1 1 *\" invalidate tag:\(tag)")
        }
        lines = lines.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The names of what a key of `node` in `group` is built from, with their types.
    func sources(of node: Node, in group: Int) -> [(name: String, type: ValueType)] {
        node.sources.flatMap { number in
            nodes[number].names(in: group).map { ($0, nodes[number].type) }
        }
    }

    /// Every key of a group.
    func keys(in group: Int) -> [(name: String, node: Node)] {
        nodes.flatMap { node in node.names(in: group).map { ($0, node) } }
    }
}
