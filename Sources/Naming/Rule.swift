public import Bytes

/// A `rule` line, compiled: which keys fire it, what it invalidates, when, how and whether.
///
/// An object, for it travels with every firing.
public final class Rule: Sendable {
    public let name: String
    public let origin: Origin
    public let clauses: RuleClauses
    /// Whether its firings are kept in the queue until somebody resumes it.
    public let isPaused: Bool
    let source: Pattern
    let links: [Link]
    /// The words behind `rule`, from which the same rule can be made again.
    let words: [ByteString]

    init(
        name: String, origin: Origin, clauses: RuleClauses, source: Pattern, links: [Link],
        words: [ByteString], isPaused: Bool = false
    ) {
        self.name = name
        self.origin = origin
        self.clauses = clauses
        self.source = source
        self.links = links
        self.words = words
        self.isPaused = isPaused
    }

    /// Whether cascades follow it as they follow a dependency: nothing has to be decided, nothing waits.
    public var isFollowed: Bool { clauses.isPlain && !isPaused }

    /// Its targets, as written but for what quoting hid.
    public var targetTexts: [String] { links.map(\.dependentText) }

    /// Whether `key` fires it, clauses aside.
    public func matches(_ key: ByteString) -> Bool { source.match(key.span) != nil }

    /// What of its pattern `key` does not fit; nil when it fits.
    public func mismatch(with key: ByteString) -> String? { matches(key) ? nil : source.mismatch(with: key) }

    /// The same rule, paused or not.
    func paused(_ isPaused: Bool) -> Rule {
        Rule(
            name: name, origin: origin, clauses: clauses, source: source, links: links, words: words,
            isPaused: isPaused)
    }
}

extension Rule: Hashable {
    public static func == (left: Rule, right: Rule) -> Bool {
        left === right
            || (left.name == right.name && left.words == right.words && left.isPaused == right.isPaused
                && left.origin == right.origin)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
