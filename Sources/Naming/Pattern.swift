/// A parsed pattern or template: segments of literals, captures and wildcards.
///
/// An object, for every match of a key refers to one.
final class Pattern: Sendable {
    /// As written.
    let text: String
    let separator: UInt8
    /// Without the `**` at the end.
    let segments: [[Atom]]
    /// Whether it ends in `**`.
    let hasRest: Bool
    /// Names by number, in the order of their first use.
    let captures: [String]
    /// Where in `text`'s bytes each capture is first used.
    let captureOffsets: [Int]
    /// The order in which segments are matched, so that as few splits as possible are ambiguous.
    let order: [Int]
    /// Whether every match binds in exactly one way.
    let isUnambiguous: Bool

    init(
        text: String, separator: UInt8, segments: [[Atom]], hasRest: Bool, captures: [String],
        captureOffsets: [Int]
    ) {
        self.text = text
        self.separator = separator
        self.segments = segments
        self.hasRest = hasRest
        self.captures = captures
        self.captureOffsets = captureOffsets
        (order, isUnambiguous) = Pattern.bindingOrder(of: segments)
    }

    /// `**`, and the empty name that it does not match.
    static func everyName(_ separator: UInt8) -> [Pattern] {
        [(segments: [[Atom]](), hasRest: true), ([[]], false)].map { segments, hasRest in
            Pattern(
                text: "**", separator: separator, segments: segments, hasRest: hasRest, captures: [],
                captureOffsets: [])
        }
    }

    /// Whether it contains `*` or `**`.
    var hasWildcard: Bool { hasRest || segments.contains { $0.contains(.any) } }

    /// Whether it demands at least one byte of its own.
    var hasLiteral: Bool { segments.contains { $0.contains { !$0.isWild } } }

    /// Whether a capture occurs twice, so that a match also depends on equal bytes.
    var repeatsCapture: Bool {
        var seen: Set<Atom> = []
        return segments.joined().contains { atom in
            if case .capture = atom { !seen.insert(atom).inserted } else { false }
        }
    }

    func number(of capture: String) -> Int? { captures.firstIndex(of: capture) }

    /// Segments with the fewest unknowns first: what they bind is a literal to those that follow.
    ///
    /// `{a}-{b}:{a}:{b}` binds from its last two segments, and its first is then certain.
    private static func bindingOrder(of segments: [[Atom]]) -> (order: [Int], isUnambiguous: Bool) {
        var bound: Set<Atom> = []
        var waiting = Array(segments.indices)
        var order: [Int] = []
        var isUnambiguous = true
        func unknowns(_ index: Int) -> Int {
            segments[index].count { $0.isWild && !bound.contains($0) }
        }
        while !waiting.isEmpty {
            var best = 0
            for candidate in waiting.indices where unknowns(waiting[candidate]) < unknowns(waiting[best]) {
                best = candidate
            }
            let index = waiting.remove(at: best)
            if unknowns(index) > 1 { isUnambiguous = false }
            for atom in segments[index] where atom.isWild && atom != .any { bound.insert(atom) }
            order.append(index)
        }
        return (order, isUnambiguous)
    }
}
