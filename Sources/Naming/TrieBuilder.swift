/// Collects patterns into a tree of segments, to be flattened into a `Trie`.
struct TrieBuilder {
    private struct Node {
        var children: [SegmentShape: Int] = [:]
        /// Shapes in the order of their arrival: the trie of a configuration is always the same.
        var shapes: [SegmentShape] = []
        /// Those that are no literal, by first byte (nil: any): all that a literal has to be compared with.
        var open: [UInt8?: [SegmentShape]] = [:]
        var literals: [UInt8?: [SegmentShape]] = [:]
        var entries: [Int] = []
        var restEntries: [Int] = []
        var isUrgent = false
        var isRestUrgent = false
    }

    private var nodes = [Node()]

    /// Adds `pattern` under the number `entry`; a walk for urgent entries only ends at those that are.
    mutating func insert(_ pattern: Pattern, entry: Int, isUrgent: Bool = true) {
        var place = 0
        for segment in pattern.segments {
            let shape = SegmentShape(segment)
            if let child = nodes[place].children[shape] {
                place = child
            } else {
                nodes[place].children[shape] = nodes.count
                nodes[place].shapes.append(shape)
                if shape.isLiteral {
                    nodes[place].literals[shape.firstByte, default: []].append(shape)
                } else {
                    nodes[place].open[shape.firstByte, default: []].append(shape)
                }
                place = nodes.count
                nodes.append(Node())
            }
        }
        if pattern.hasRest {
            nodes[place].restEntries.append(entry)
            nodes[place].isRestUrgent = nodes[place].isRestUrgent || isUrgent
        } else {
            nodes[place].entries.append(entry)
            nodes[place].isUrgent = nodes[place].isUrgent || isUrgent
        }
    }

    /// Numbers of the entries whose patterns can match a key that `pattern` matches too, ascending.
    func entries(intersecting pattern: Pattern) -> [Int] {
        let shapes = pattern.segments.map(SegmentShape.init)
        var found: [Int] = []
        var waiting = [(node: 0, segment: 0)]
        while let (place, segment) = waiting.popLast() {
            let node = nodes[place]
            let isOver = segment >= shapes.count
            if !isOver || pattern.hasRest { found += node.restEntries }
            if segment == shapes.count && !pattern.hasRest || segment > shapes.count { found += node.entries }
            if isOver && !pattern.hasRest { continue }
            for shape in isOver ? node.shapes : Self.candidates(for: shapes[segment], in: node) {
                guard isOver || shape.intersects(shapes[segment]) else { continue }
                waiting.append((node.children[shape] ?? 0, segment + 1))
            }
        }
        return found.sorted()
    }

    /// Shapes of a node that may intersect `shape`: few, where first bytes tell.
    private static func candidates(for shape: SegmentShape, in node: Node) -> [SegmentShape] {
        guard let first = shape.firstByte else { return node.shapes }
        let open = node.open[first, default: []] + node.open[nil, default: []]
        guard shape.isLiteral else { return open + node.literals[first, default: []] }
        return node.children[shape] == nil ? open : open + [shape]
    }

    func build() -> Trie {
        var trie = Trie()
        trie.nodes = []
        var slots: [Trie.Slot] = []
        for (index, node) in nodes.enumerated() {
            var flat = Trie.Node(
                isUrgent: node.isUrgent, isRestUrgent: node.isRestUrgent)
            flat.entries = Self.append(node.entries.map(Int32.init), to: &trie.entries)
            flat.restEntries = Self.append(node.restEntries.map(Int32.init), to: &trie.entries)
            flat.wild = node.children[.wild].map(Int32.init) ?? -1
            let groups = groups(of: node)
            flat.hasLiterals = groups.contains { $0.lengths == .literal }
            flat.lengths = Self.append(Self.distinctLengths(groups), to: &trie.lengths)
            for group in groups {
                let branches = group.members.map { branch($0.shape, child: $0.child, in: &trie) }
                slots.append(
                    Trie.Slot(
                        node: Int32(index), hash: group.hash, lengths: group.lengths,
                        branches: Self.append(branches, to: &trie.branches)))
            }
            trie.nodes.append(flat)
        }
        trie.slots = Self.table(slots)
        return trie
    }

    private struct Group {
        var lengths: Trie.Lengths
        var hash: UInt32
        var members: [(shape: SegmentShape, child: Int)]
    }

    private struct GroupKey: Hashable {
        var lengths: Trie.Lengths
        var hash: UInt32
    }

    /// Branches of a node by what a probe can tell apart.
    private func groups(of node: Node) -> [Group] {
        var groups: [Group] = []
        var numbers: [GroupKey: Int] = [:]
        for shape in node.shapes {
            guard let (lengths, known) = Self.known(shape), let child = node.children[shape] else { continue }
            let key = GroupKey(lengths: lengths, hash: SegmentHash.of(known))
            if let number = numbers[key] {
                groups[number].members.append((shape, child))
            } else {
                numbers[key] = groups.count
                groups.append(Group(lengths: key.lengths, hash: key.hash, members: [(shape, child)]))
            }
        }
        return groups
    }

    private static func distinctLengths(_ groups: [Group]) -> [Trie.Lengths] {
        var seen: Set<Trie.Lengths> = [.literal]
        return groups.map(\.lengths).filter { seen.insert($0).inserted }
    }

    /// What is hashed: the literal, or prefix and suffix; nil for a wild segment.
    private static func known(_ shape: SegmentShape) -> (Trie.Lengths, [UInt8])? {
        switch shape {
        case .wild: return nil
        case .literal(let bytes): return (.literal, bytes)
        case .mixed(let literals):
            let (prefix, suffix) = (literals[0], literals[literals.count - 1])
            return (Trie.Lengths(prefix: UInt16(prefix.count), suffix: UInt16(suffix.count)), prefix + suffix)
        }
    }

    private func branch(_ shape: SegmentShape, child: Int, in trie: inout Trie) -> Trie.Branch {
        let bytes = Self.append(Self.known(shape)?.1 ?? [], to: &trie.bytes)
        var interiors: [Trie.Slice] = []
        if case .mixed(let literals) = shape {
            interiors = literals[1..<(literals.count - 1)].map { Self.append($0, to: &trie.bytes) }
        }
        return Trie.Branch(
            bytes: bytes, interiors: Self.append(interiors, to: &trie.interiors), child: Int32(child))
    }

    private static func append<Element>(_ elements: [Element], to all: inout [Element]) -> Trie.Slice {
        defer { all += elements }
        return Trie.Slice(start: Int32(all.count), count: Int32(elements.count))
    }

    private static func table(_ slots: [Trie.Slot]) -> [Trie.Slot] {
        var capacity = 2
        while capacity < slots.count * 2 { capacity *= 2 }
        var table = [Trie.Slot](repeating: Trie.Slot(), count: capacity)
        for slot in slots {
            var place = Int(Trie.home(node: Int(slot.node), slot.lengths, slot.hash)) & (capacity - 1)
            while table[place].node >= 0 { place = (place + 1) & (capacity - 1) }
            table[place] = slot
        }
        return table
    }
}
