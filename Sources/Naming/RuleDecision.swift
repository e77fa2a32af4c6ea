public import Bytes

/// What a condition can look at without asking Redis; nil where nobody knows any more.
public struct FiringContext: Sendable {
    /// In lower case: `set`, `config|set`.
    public var command: ByteString?
    public var database: Int
    public var client: ByteString?
    public var user: ByteString?
    /// Now, in seconds since 1970.
    public var unixSeconds: Int64

    public init(
        command: ByteString?, database: Int, client: ByteString?, user: ByteString?, unixSeconds: Int64
    ) {
        self.command = command
        self.database = database
        self.client = client
        self.user = user
        self.unixSeconds = unixSeconds
    }
}

/// What Redis must be asked before a firing is decided.
public enum RuleQuestion: Sendable, Hashable {
    /// Whether the key exists.
    case exists(ByteString)
    /// How many milliseconds the key has left.
    case timeToLive(ByteString)
    /// How many bytes the key's value has.
    case size(ByteString)
}

/// What Redis said to a question.
public enum RuleAnswer: Sendable, Hashable {
    case exists(Bool)
    /// Milliseconds, or bytes; nil for a key that never expires.
    case number(Int?)
    /// Redis refused to say.
    case unknown(String)
}

/// One condition and what became of it.
public struct ConditionVerdict: Sendable, Hashable {
    public var condition: RuleCondition
    /// Whether it stands behind `unless`.
    public var isExclusion: Bool
    /// Whether it holds; nil when nobody can say.
    public var holds: Bool?
    /// What was found: `ttl is 12 s`.
    public var found: String

    /// Whether it keeps the rule from firing. Doubt never does: a needless miss is better than a stale value.
    public var refuses: Bool { holds.map { $0 == isExclusion } ?? false }

    /// `when command=SET: the command is del`.
    public var text: String { "\(isExclusion ? "unless" : "when") \(condition.text): \(found)" }
}

extension Firing {
    /// The first fixed condition that keeps the rule from firing, whenever it is asked.
    public func refusal(fixedBy context: FiringContext) -> ConditionVerdict? {
        firstRefusal(context) { $0.isFixed }
    }

    /// The first condition that keeps the rule from firing now, as far as it is known without Redis.
    public func refusal(in context: FiringContext) -> ConditionVerdict? {
        firstRefusal(context) { !$0.needsRedis }
    }

    private func firstRefusal(
        _ context: FiringContext, _ isAsked: (RuleCondition) -> Bool
    ) -> ConditionVerdict? {
        for (condition, isExclusion) in conditions where isAsked(condition) {
            let verdict = verdict(on: condition, isExclusion, context, answers: [:])
            if verdict.refuses { return verdict }
        }
        return nil
    }

    /// What only Redis knows, each question once.
    public var questions: [RuleQuestion] {
        var questions: [RuleQuestion] = []
        for (condition, _) in conditions {
            guard let question = question(of: condition), !questions.contains(question) else { continue }
            questions.append(question)
        }
        return questions
    }

    /// Every condition with what becomes of it.
    public func verdicts(
        in context: FiringContext, answers: [RuleQuestion: RuleAnswer]
    ) -> [ConditionVerdict] {
        conditions.map { verdict(on: $0.condition, $0.isExclusion, context, answers: answers) }
    }

    private var conditions: [(condition: RuleCondition, isExclusion: Bool)] {
        rule.clauses.when.map { ($0, false) } + rule.clauses.unless.map { ($0, true) }
    }

    private func question(of condition: RuleCondition) -> RuleQuestion? {
        switch condition.subject {
        case .exists(let key):
            guard let ranges = rule.source.match(trigger.span) else { return nil }
            return .exists(key.filling.filled(from: trigger.span, ranges))
        case .ttl: return .timeToLive(trigger)
        case .size: return .size(trigger)
        case .command, .database, .client, .user, .time, .days: return nil
        }
    }

    private func verdict(
        on condition: RuleCondition, _ isExclusion: Bool, _ context: FiringContext,
        answers: [RuleQuestion: RuleAnswer]
    ) -> ConditionVerdict {
        let (holds, found) = finding(condition, context, answers)
        return ConditionVerdict(
            condition: condition, isExclusion: isExclusion, holds: holds, found: found)
    }

    private func finding(
        _ condition: RuleCondition, _ context: FiringContext, _ answers: [RuleQuestion: RuleAnswer]
    ) -> (Bool?, String) {
        func named(_ what: String, _ name: ByteString?, _ matches: (ByteString) -> Bool) -> (Bool?, String) {
            guard let name else { return (nil, "the \(what) is not known") }
            return (matches(name), name.isEmpty ? "the \(what) has no name" : "the \(what) is \(name)")
        }
        switch condition.subject {
        case .command(let names):
            return named("command", context.command) { command in
                names.contains { $0 == command || command.hasPrefix(ByteString($0.bytes + [0x7c])) }
            }
        case .database(let numbers):
            return (numbers.contains(context.database), "the database is \(context.database)")
        case .client(let globs):
            return named("client", context.client) { name in globs.contains { Glob.matches($0, name) } }
        case .user(let globs):
            return named("user", context.user) { name in globs.contains { Glob.matches($0, name) } }
        case .time(let window):
            let zone = window.zone ?? .utc
            return (window.contains(context.unixSeconds), "it is \(zone.clock(context.unixSeconds))")
        case .days(let days):
            let zone = days.zone ?? .utc
            return (days.contains(context.unixSeconds), "it is \(zone.clock(context.unixSeconds))")
        case .exists, .ttl, .size: return asked(condition, answers)
        }
    }

    private func asked(
        _ condition: RuleCondition, _ answers: [RuleQuestion: RuleAnswer]
    ) -> (Bool?, String) {
        guard let question = question(of: condition), let answer = answers[question] else {
            return (nil, "Redis was not asked")
        }
        switch (condition.subject, answer) {
        case (.exists, .exists(let isThere)): return (isThere, isThere ? "the key exists" : "no such key")
        case (.ttl(let bound), .number(let left)):
            return (bound.holds(left), left.map { "\($0) ms are left" } ?? "the key never expires")
        case (.size(let bound), .number(let bytes)): return (bound.holds(bytes), "it has \(bytes ?? 0) bytes")
        case (_, .unknown(let reason)): return (nil, "Redis does not say: \(reason)")
        default: return (nil, "Redis gave another answer than was asked for")
        }
    }
}

extension Zone {
    /// `Mon 09:05 Europe/Berlin`.
    func clock(_ unixSeconds: Int64) -> String {
        let (minute, weekday) = local(unixSeconds)
        let day = WeekDays.names[weekday]
        let digits = [minute / 60, minute % 60].map { ($0 < 10 ? "0" : "") + "\($0)" }
        return "\(day) \(digits[0]):\(digits[1]) \(name)"
    }
}
