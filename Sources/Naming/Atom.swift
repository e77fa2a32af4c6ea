/// A piece of one segment of a pattern.
enum Atom: Sendable, Hashable {
    /// Bytes that must be there, at least one.
    case literal([UInt8])
    /// One or more bytes, bound to the capture of this number.
    case capture(Int)
    /// `*`: one or more bytes, bound to nothing.
    case any

    var isWild: Bool {
        if case .literal = self { false } else { true }
    }
}

/// What a segment demands, captures' names aside: segments of the same shape share a branch of the trie.
enum SegmentShape: Sendable, Hashable {
    /// Exactly these bytes, possibly none.
    case literal([UInt8])
    /// One or more bytes of any kind.
    case wild
    /// Literals with one or more bytes between two neighbours; the first and the last may be empty.
    case mixed([[UInt8]])

    init(_ atoms: [Atom]) {
        var literals: [[UInt8]] = [[]]
        for atom in atoms {
            if case .literal(let bytes) = atom {
                literals[literals.count - 1] += bytes
            } else {
                literals.append([])
            }
        }
        switch literals.count {
        case 1: self = .literal(literals[0])
        case 2 where literals[0].isEmpty && literals[1].isEmpty: self = .wild
        default: self = .mixed(literals)
        }
    }

    var isLiteral: Bool {
        if case .literal = self { true } else { false }
    }

    /// The byte that every such segment starts with; nil when there is none.
    var firstByte: UInt8? {
        switch self {
        case .literal(let bytes): bytes.first
        case .wild: nil
        case .mixed(let literals): literals[0].first
        }
    }
}
