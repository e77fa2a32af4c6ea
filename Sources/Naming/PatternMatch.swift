import Bytes

extension Pattern {
    /// What each capture binds in `key`, as ranges by capture number; nil when the pattern does not match.
    ///
    /// Segments bind in `order`. Within one segment each unknown takes as few bytes as it can, from the left;
    /// a capture that is already bound counts as a literal. That decides every ambiguous split the same way
    /// each time, and keeps the cost at most the key's length times the pattern's.
    func match(_ key: Span<UInt8>) -> [Range<Int>]? {
        guard let bounds = split(key) else { return nil }
        var ranges = [Range<Int>](repeating: 0..<0, count: captures.count)
        for index in order {
            guard bind(segments[index], in: key, bounds[index], &ranges) else { return nil }
        }
        return ranges
    }

    /// Where each segment stands; nil when their number does not fit.
    private func split(_ key: Span<UInt8>) -> [Range<Int>]? {
        var bounds: [Range<Int>] = []
        bounds.reserveCapacity(segments.count)
        var start = 0
        for index in key.indices where key[index] == separator {
            if bounds.count == segments.count { break }
            bounds.append(start..<index)
            start = index + 1
        }
        if hasRest { return bounds.count == segments.count && start < key.count ? bounds : nil }
        guard bounds.count == segments.count - 1 else { return nil }
        bounds.append(start..<key.count)
        let last = bounds[bounds.count - 1]
        for index in last.lowerBound..<last.upperBound where key[index] == separator { return nil }
        return bounds
    }

    private func bind(
        _ atoms: [Atom], in key: Span<UInt8>, _ bounds: Range<Int>, _ ranges: inout [Range<Int>]
    ) -> Bool {
        if atoms.count == 1, case .capture(let number) = atoms[0], ranges[number].isEmpty {
            ranges[number] = bounds
            return !bounds.isEmpty
        }
        if atoms.count == 1, case .literal(let bytes) = atoms[0] {
            return bounds.count == bytes.count && key.holds(bytes.span, at: bounds.lowerBound)
        }
        var literals: [[UInt8]] = [[]]
        var unknowns: [Int?] = []
        for atom in atoms {
            switch atom {
            case .literal(let bytes): literals[literals.count - 1] += bytes
            case .capture(let number) where !ranges[number].isEmpty:
                for index in ranges[number] { literals[literals.count - 1].append(key[index]) }
            case .capture(let number):
                unknowns.append(number)
                literals.append([])
            case .any:
                unknowns.append(nil)
                literals.append([])
            }
        }
        return place(literals, unknowns, in: key, bounds, &ranges)
    }

    /// Lays `literals` over the segment, leftmost first, and binds what lies between them.
    private func place(
        _ literals: [[UInt8]], _ unknowns: [Int?], in key: Span<UInt8>, _ bounds: Range<Int>,
        _ ranges: inout [Range<Int>]
    ) -> Bool {
        let prefix = literals[0]
        guard !unknowns.isEmpty else {
            return bounds.count == prefix.count && key.holds(prefix.span, at: bounds.lowerBound)
        }
        let suffix = literals[literals.count - 1]
        let end = bounds.upperBound - suffix.count
        var position = bounds.lowerBound + prefix.count
        guard position < end, key.holds(prefix.span, at: bounds.lowerBound), key.holds(suffix.span, at: end)
        else {
            return false
        }
        for index in 1..<unknowns.count + 1 {
            var found = end
            if index < unknowns.count {
                let literal = literals[index]
                guard let place = key.leftmost(literal.span, from: position + 1, endingBefore: end) else {
                    return false
                }
                found = place
            }
            if let number = unknowns[index - 1] { ranges[number] = position..<found }
            position = found + (index < unknowns.count ? literals[index].count : 0)
        }
        return true
    }
}

extension Span<UInt8> {
    /// Whether `bytes` stand at `position`, which must leave room for them.
    @inline(__always)
    func holds(_ bytes: Span<UInt8>, at position: Int) -> Bool {
        for index in bytes.indices where self[position + index] != bytes[index] { return false }
        return true
    }

    /// Whether the view is `bytes` and nothing more.
    func holdsExactly(_ bytes: Span<UInt8>) -> Bool { count == bytes.count && holds(bytes, at: 0) }

    /// The first place at or after `start` where `bytes` stand and leave at least one byte before `end`.
    func leftmost(_ bytes: Span<UInt8>, from start: Int, endingBefore end: Int) -> Int? {
        var position = start
        while position + bytes.count < end {
            if holds(bytes, at: position) { return position }
            position += 1
        }
        return nil
    }
}
