public import Bytes

/// One condition of a rule, with the words that wrote it.
public struct RuleCondition: Sendable, Hashable {
    /// What is looked at.
    public enum Subject: Sendable, Hashable {
        /// Names of commands in lower case, as Redis spells them.
        case command([ByteString])
        case database([Int])
        /// Globs, as Redis matches them.
        case client([ByteString])
        case user([ByteString])
        case time(TimeWindow)
        case days(WeekDays)
        /// A key whose name the trigger fills in.
        case exists(ConditionKey)
        /// Milliseconds that the trigger has left to live.
        case ttl(Comparison)
        /// Bytes of the trigger's value.
        case size(Comparison)
    }

    /// A bound for a number.
    public struct Comparison: Sendable, Hashable {
        public enum Sign: String, Sendable, Hashable, CaseIterable {
            case atMost = "<="
            case atLeast = ">="
            case less = "<"
            case more = ">"
        }

        public var sign: Sign
        public var bound: Int

        public init(sign: Sign, bound: Int) {
            self.sign = sign
            self.bound = bound
        }

        /// Whether `number` keeps the bound; nil stands for more than any number.
        public func holds(_ number: Int?) -> Bool {
            guard let number else { return sign == .more || sign == .atLeast }
            return switch sign {
            case .atMost: number <= bound
            case .atLeast: number >= bound
            case .less: number < bound
            case .more: number > bound
            }
        }
    }

    public var subject: Subject
    /// As written: `command=SET,HSET`.
    public var text: String

    /// Whether it is certain from the beginning: it neither changes with time nor needs Redis.
    public var isFixed: Bool {
        switch subject {
        case .command, .database, .client, .user: true
        case .time, .days, .exists, .ttl, .size: false
        }
    }

    /// Whether only Redis can tell.
    public var needsRedis: Bool {
        switch subject {
        case .exists, .ttl, .size: true
        case .command, .database, .client, .user, .time, .days: false
        }
    }
}

/// The name of a key that a condition asks for, to be filled in from the trigger's.
public struct ConditionKey: Sendable, Hashable {
    let template: Pattern
    let filling: Filling

    init(_ template: Pattern, from source: Pattern) {
        self.template = template
        filling = Filling(template, from: source)
    }

    public static func == (left: ConditionKey, right: ConditionKey) -> Bool {
        left.template.text == right.template.text
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(template.text) }
}
