/// What a rule says behind its targets: when it invalidates, how, and on which conditions.
public struct RuleClauses: Sendable, Hashable {
    /// Whether a client's reply waits for what the rule invalidates.
    public enum Reply: String, Sendable, Hashable {
        case before = "before-reply"
        case after = "after-reply"
    }

    /// How often a rule may fire at most.
    public struct Rate: Sendable, Hashable {
        public var count: Int
        public var perMilliseconds: Int

        public init(count: Int, perMilliseconds: Int) {
            self.count = count
            self.perMilliseconds = perMilliseconds
        }
    }

    /// How long after its trigger the rule invalidates.
    public var afterMilliseconds: Int?
    /// For how long no equal firing may have come before it invalidates.
    public var debounceMilliseconds: Int?
    /// Within which time keys expire that would have been deleted.
    public var softlyMilliseconds: Int?
    /// Over which time the deletions are spread.
    public var overMilliseconds: Int?
    public var rate: Rate?
    /// Nil where the directive `cascade` decides.
    public var reply: Reply?
    /// All of them must hold.
    public var when: [RuleCondition] = []
    /// None of them may hold.
    public var unless: [RuleCondition] = []

    public init() {}

    /// Whether nothing is said.
    public var isPlain: Bool { self == RuleClauses() }

    /// Whether the invalidation is the engine's, later than any reply.
    public var isDeferred: Bool {
        reply == .after || afterMilliseconds != nil || debounceMilliseconds != nil
            || softlyMilliseconds != nil || overMilliseconds != nil || rate != nil
    }

    /// The clauses about when and how, one sentence each.
    public var manner: [String] {
        func time(_ milliseconds: Int) -> String {
            milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
        }
        var sentences: [String] = []
        if let afterMilliseconds { sentences.append("\(time(afterMilliseconds)) after its trigger") }
        if let debounceMilliseconds {
            sentences.append("once no equal firing has come for \(time(debounceMilliseconds))")
        }
        if let softlyMilliseconds { sentences.append("keys expire within \(time(softlyMilliseconds))") }
        if let overMilliseconds { sentences.append("spread over \(time(overMilliseconds))") }
        if let rate { sentences.append("at most \(rate.count) firings in \(time(rate.perMilliseconds))") }
        if let reply { sentences.append(reply == .before ? "the reply waits for it" : "after the reply") }
        return sentences
    }
}
