/// One unit of a pattern read as a flat string: enough to say whether two patterns can match the same bytes.
enum Symbol: Sendable, Hashable {
    case byte(UInt8)
    /// Exactly one byte, any.
    case one
    /// Any number of bytes, none included.
    case many
}

extension [Symbol] {
    static func bytes(_ bytes: [UInt8]) -> [Symbol] { bytes.map(Symbol.byte) }

    /// Whether some bytes are matched by both.
    ///
    /// Walks the product of the two as automata; at most the product of their lengths in steps.
    func intersects(_ other: [Symbol]) -> Bool {
        let width = other.count + 1
        var seen = [Bool](repeating: false, count: (count + 1) * width)
        var waiting = [0]
        func visit(_ left: Int, _ right: Int) {
            let state = left * width + right
            if !seen[state] {
                seen[state] = true
                waiting.append(state)
            }
        }
        while let state = waiting.popLast() {
            let (left, right) = (state / width, state % width)
            if left == count, right == other.count { return true }
            let here = left < count ? self[left] : nil
            let there = right < other.count ? other[right] : nil
            if here == .many {
                visit(left + 1, right)
                if let there, there != .many { visit(left, right + 1) }
            }
            if there == .many {
                visit(left, right + 1)
                if let here, here != .many { visit(left + 1, right) }
            }
            if let here, let there, here.agrees(with: there) { visit(left + 1, right + 1) }
        }
        return false
    }
}

extension Symbol {
    fileprivate func agrees(with other: Symbol) -> Bool {
        switch (self, other) {
        case (.many, _), (_, .many): false
        case (.one, _), (_, .one): true
        case (.byte(let left), .byte(let right)): left == right
        }
    }
}

extension SegmentShape {
    var symbols: [Symbol] {
        switch self {
        case .literal(let bytes): .bytes(bytes)
        case .wild: [.one, .many]
        case .mixed(let literals): Array(literals.map([Symbol].bytes).joined(separator: [.one, .many]))
        }
    }

    /// Whether one segment can have both shapes.
    func intersects(_ other: SegmentShape) -> Bool {
        switch (self, other) {
        case (.literal(let left), .literal(let right)): left == right
        case (.wild, .literal(let bytes)), (.literal(let bytes), .wild): !bytes.isEmpty
        case (.wild, _), (_, .wild): true
        case (.mixed(let left), .mixed(let right)) where !zip(left[0], right[0]).allSatisfy(==): false
        default: symbols.intersects(other.symbols)
        }
    }
}

extension Pattern {
    /// The whole pattern as one string, its segments joined by the separator.
    ///
    /// A capture may stand for the separator here, so an intersection of symbols can err towards true.
    var symbols: [Symbol] {
        var parts = segments.map { SegmentShape($0).symbols }
        if hasRest { parts.append([.one, .many]) }
        return Array(parts.joined(separator: [.byte(separator)]))
    }

    /// Bytes that every match starts with.
    var literalPrefix: [UInt8] {
        var prefix: [UInt8] = []
        for case .byte(let byte) in symbols.prefix(while: { if case .byte = $0 { true } else { false } }) {
            prefix.append(byte)
        }
        return prefix
    }
}
