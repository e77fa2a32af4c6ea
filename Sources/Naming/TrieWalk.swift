/// What a walk of the trie is for.
protocol TrieVisitor {
    /// Called for each node entered, slot probed and branch compared.
    mutating func step()
    /// Called where patterns match; true ends the walk.
    mutating func reach(_ entries: Trie.Slice, isUrgent: Bool) -> Bool
}

/// Stops at the first urgent match.
struct UrgencyVisitor: TrieVisitor {
    @inline(__always)
    mutating func step() {}

    @inline(__always)
    mutating func reach(_ entries: Trie.Slice, isUrgent: Bool) -> Bool { isUrgent }
}

/// Collects where every match's entries lie.
struct CollectingVisitor: TrieVisitor {
    var found: [Trie.Slice] = []

    mutating func step() {}

    mutating func reach(_ entries: Trie.Slice, isUrgent: Bool) -> Bool {
        if entries.count > 0 { found.append(entries) }
        return false
    }
}

/// Counts the work of a whole walk: a measure of cost that no clock disturbs.
struct CountingVisitor: TrieVisitor {
    var steps = 0

    mutating func step() { steps += 1 }

    mutating func reach(_ entries: Trie.Slice, isUrgent: Bool) -> Bool { false }
}

extension Trie {
    /// Walks every path of the trie that `key` can take; true when the visitor ended it.
    ///
    /// Allocates nothing. Recursion is as deep as the longest pattern has segments, and no node is entered
    /// twice.
    func walk<Visitor: TrieVisitor>(_ key: Span<UInt8>, separator: UInt8, _ visitor: inout Visitor) -> Bool {
        guard !entries.isEmpty else { return false }
        return enter(0, key, from: 0, separator, &visitor)
    }

    /// Numbers of the entries that match `key`, ascending: the order in which they were added.
    func matches(_ key: Span<UInt8>, separator: UInt8) -> [Int] {
        var visitor = CollectingVisitor()
        _ = walk(key, separator: separator, &visitor)
        var numbers: [Int] = []
        numbers.reserveCapacity(visitor.found.reduce(0) { $0 + $1.range.count })
        for slice in visitor.found {
            for place in slice.range { numbers.append(Int(entries[place])) }
        }
        if numbers.count > 1 { numbers.sort() }
        return numbers
    }

    private func enter<Visitor: TrieVisitor>(
        _ index: Int, _ key: Span<UInt8>, from start: Int, _ separator: UInt8, _ visitor: inout Visitor
    ) -> Bool {
        visitor.step()
        let node = nodes[index]
        if node.restEntries.count > 0, start < key.count,
            visitor.reach(node.restEntries, isUrgent: node.isRestUrgent)
        {
            return true
        }
        var end = start
        var hash = SegmentHash.seed
        while end < key.count, key[end] != separator {
            hash = SegmentHash.add(key[end], to: hash)
            end += 1
        }
        if node.hasLiterals, follow(index, .literal, hash, key, start, end, separator, &visitor) {
            return true
        }
        for place in node.lengths.range {
            let lengths = lengths[place]
            let known = Int(lengths.prefix) + Int(lengths.suffix)
            guard known < end - start else { continue }
            let partial = Trie.hash(key, start, end, lengths)
            if follow(index, lengths, partial, key, start, end, separator, &visitor) { return true }
        }
        return node.wild >= 0 && end > start
            && arrive(Int(node.wild), key, end, separator, &visitor)
    }

    /// Goes on behind the segment that ends at `end`, in node `child`.
    @inline(__always)
    private func arrive<Visitor: TrieVisitor>(
        _ child: Int, _ key: Span<UInt8>, _ end: Int, _ separator: UInt8, _ visitor: inout Visitor
    ) -> Bool {
        guard end == key.count else { return enter(child, key, from: end + 1, separator, &visitor) }
        visitor.step()
        return visitor.reach(nodes[child].entries, isUrgent: nodes[child].isUrgent)
    }

    /// Looks up the branches of one node with these lengths and this hash, and takes those that fit.
    private func follow<Visitor: TrieVisitor>(
        _ node: Int, _ lengths: Lengths, _ hash: UInt32, _ key: Span<UInt8>, _ start: Int, _ end: Int,
        _ separator: UInt8, _ visitor: inout Visitor
    ) -> Bool {
        let mask = slots.count - 1
        var place = Int(Trie.home(node: node, lengths, hash)) & mask
        while slots[place].node >= 0 {
            visitor.step()
            let slot = slots[place]
            if slot.node == node, slot.hash == hash, slot.lengths == lengths {
                for index in slot.branches.range {
                    visitor.step()
                    if fits(branches[index], lengths, key, start, end),
                        arrive(Int(branches[index].child), key, end, separator, &visitor)
                    {
                        return true
                    }
                }
                return false
            }
            place = (place + 1) & mask
        }
        return false
    }

    private func fits(
        _ branch: Branch, _ lengths: Lengths, _ key: Span<UInt8>, _ start: Int, _ end: Int
    ) -> Bool {
        let known = branch.bytes.range
        guard lengths != .literal else {
            return known.count == end - start && holds(known, key, at: start)
        }
        let middle = known.lowerBound + Int(lengths.prefix)
        let limit = end - Int(lengths.suffix)
        guard holds(known.lowerBound..<middle, key, at: start),
            holds(middle..<known.upperBound, key, at: limit)
        else { return false }
        var position = start + Int(lengths.prefix)
        for index in branch.interiors.range {
            position += 1
            let interior = interiors[index].range
            while position + interior.count < limit, !holds(interior, key, at: position) { position += 1 }
            guard position + interior.count < limit else { return false }
            position += interior.count
        }
        return position < limit
    }

    @inline(__always)
    private func holds(_ known: Range<Int>, _ key: Span<UInt8>, at position: Int) -> Bool {
        var place = position
        for index in known {
            if key[place] != bytes[index] { return false }
            place += 1
        }
        return true
    }

    @inline(__always)
    private static func hash(_ key: Span<UInt8>, _ start: Int, _ end: Int, _ lengths: Lengths) -> UInt32 {
        var hash = SegmentHash.seed
        for index in start..<start + Int(lengths.prefix) { hash = SegmentHash.add(key[index], to: hash) }
        for index in (end - Int(lengths.suffix))..<end { hash = SegmentHash.add(key[index], to: hash) }
        return hash
    }
}
