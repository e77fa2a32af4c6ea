public import Bytes

/// A rule that a key does not fire, and why.
public struct UnmatchedRule: Sendable, Hashable {
    public var name: String
    /// What the rule's pattern asks for that the key does not have.
    public var reason: String
    public var origin: Origin
}

/// A schedule that invalidates a key, and why.
public struct ScheduledKey: Sendable, Hashable {
    public var name: String
    /// Which of the schedule's targets the key falls under.
    public var reason: String
    public var origin: Origin
}

/// What Freshet would do with a key, and why: the answer of `freshet explain`.
public struct Explanation: Sendable {
    public var key: ByteString
    /// The command that was asked about; nil for any mutation.
    public var command: String?
    public var mutates: Bool
    public var facts: Facts
    public var closure: Closure
    /// The `protect` line that holds the key, when one does.
    public var protection: Origin?
    /// Schedules that invalidate the key, each with which of its targets does.
    public var schedules: [ScheduledKey]
    public var unmatchedRules: [UnmatchedRule]
    /// Rules that do not fire either and look nothing like the key.
    public var otherRuleCount: Int

    /// The explanation as text, a line each, for a terminal.
    public var lines: [String] { ExplanationWriter.lines(for: self) }
}

extension Conventions {
    static let explainedDepth = 32
    static let explainedKeys = 1000
    static let explainedRules = 5

    /// Explains what the name of `key` implies, and what a mutation of it by `command` would invalidate.
    ///
    /// - Parameter mutates: whether `command` can mutate the key; the cascade is told either way.
    public func explain(key: ByteString, command: String?, mutates: Bool = true) -> Explanation {
        let (unmatched, others) = unmatchedRules(key)
        return Explanation(
            key: key, command: command, mutates: mutates, facts: facts(of: key.span),
            closure: closure(of: [key], maxDepth: Self.explainedDepth, maxKeys: Self.explainedKeys),
            protection: protection(of: key.span)?.origin, schedules: schedules(naming: key),
            unmatchedRules: unmatched, otherRuleCount: others)
    }

    /// Rules that do not fire: all when they are few, else those whose first segment resembles the key's.
    private func unmatchedRules(_ key: ByteString) -> ([UnmatchedRule], Int) {
        var seen: Set<Origin> = []
        let rules = links.filter { $0.origin.kind == .rule && seen.insert($0.origin).inserted }
        let silent = rules.filter { $0.source.match(key.span) == nil }
        let near = silent.count > Self.explainedRules ? silent.filter { $0.source.resembles(key) } : silent
        let shown = near.prefix(Self.explainedRules).map { link in
            UnmatchedRule(
                name: link.origin.ruleName ?? "", reason: link.source.mismatch(with: key), origin: link.origin
            )
        }
        return (Array(shown), silent.count - shown.count)
    }
}

extension Pattern {
    /// Whether the first segments are the same or a misspelling of each other.
    fileprivate func resembles(_ key: ByteString) -> Bool {
        guard let first = segments.first, let segment = key.bytes.split(separator: separator).first else {
            return true
        }
        let shape = SegmentShape(first)
        guard case .literal(let literal) = shape else {
            return shape.symbols.intersects(.bytes(Array(segment)))
        }
        let (left, right) = (ByteString(literal).text, ByteString(Array(segment)).text)
        return Spelling.nearest(to: left, among: [right]) != nil
    }

    /// The first thing that keeps `key` from matching.
    func mismatch(with key: ByteString) -> String {
        if key.count > Conventions.maxKeyBytes {
            return "the key is longer than \(Conventions.maxKeyBytes) bytes"
        }
        let parts = key.bytes.split(separator: separator, omittingEmptySubsequences: false).map(Array.init)
        for (index, (segment, part)) in zip(segments, parts).enumerated() {
            let shape = SegmentShape(segment)
            if shape.symbols.intersects(.bytes(part)) { continue }
            let written = written(segment)
            let wanted = shape == .literal([]) ? "nothing" : "'\(written)'"
            let found = part.isEmpty ? "empty" : "'\(ByteString(part))'"
            return "segment \(index + 1) is \(found), the rule wants \(wanted)"
        }
        let wanted = "\(hasRest ? "more than " : "")\(segments.count)"
        if parts.count != segments.count + (hasRest ? 1 : 0), !(hasRest && parts.count > segments.count) {
            return "the key has \(Self.segments(parts.count)), the rule wants \(wanted)"
        }
        if hasRest, parts.dropFirst(segments.count).allSatisfy(\.isEmpty) {
            return "nothing is left for '**'"
        }
        return "a capture that occurs twice would have to be two different things"
    }

    private static func segments(_ count: Int) -> String { count == 1 ? "1 segment" : "\(count) segments" }

    private func written(_ segment: [Atom]) -> String {
        segment.map { atom in
            switch atom {
            case .literal(let bytes): ByteString(bytes).description
            case .any: "*"
            case .capture(let number): "{\(captures[number])}"
            }
        }.joined()
    }
}
