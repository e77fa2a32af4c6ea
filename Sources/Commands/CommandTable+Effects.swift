import Bytes
public import RESP

extension CommandTable {
    /// Whether the request may change the value of a key, or create or remove one.
    ///
    /// A new time to live alone is no mutation; one that ends the value's life at once is, and an absolute
    /// one may.
    public func isMutation(
        _ facts: CommandFacts, _ buffer: Span<UInt8>, _ arguments: Span<Argument>
    ) -> Bool {
        guard facts.flags.contains(.write) || facts.behaviour == .script else { return false }
        let hasKeys = facts.firstKey != 0 || facts.needsSlowKeys
        if hasKeys, facts.keyRole == .read, facts.syntax != .sort { return false }
        let words = RequestWords(buffer, arguments)
        switch facts.syntax {
        case .bitfield: return words.changesBits
        case .sort: return words.sortDestination != nil
        case .geoRadius: return words.geoDestination(from: geoOptions(facts)) != nil
        case .persist: return false
        case .expire: return !words.isPositive(2)
        case .getex: return words.mayExpireAtOnce
        default: return true
        }
    }

    /// Whether the write may not happen although its reply is no error, so that whoever acts on it must see
    /// the reply.
    ///
    /// Writes with a condition, and pops, which find nothing whenever a queue is polled. DEL and UNLINK are
    /// none: applications use them as a signal, an absent key counts. Neither are SADD and its like, whose 0
    /// is the exception.
    public func isConditional(
        _ facts: CommandFacts, _ buffer: Span<UInt8>, _ arguments: Span<Argument>
    ) -> Bool {
        guard facts.isConditional else { return false }
        return facts.syntax == .none || options(facts, buffer, arguments).isConditional
    }

    /// Whether Redis, as long as it takes writes at all, runs the request without an error.
    ///
    /// Whoever may not wait for the reply knows then what it will say: a known command whose arguments are
    /// well formed, and that no type of its keys can make fail.
    public func isSure(_ facts: CommandFacts, _ buffer: Span<UInt8>, _ arguments: Span<Argument>) -> Bool {
        guard facts.isSure, facts.accepts(argumentCount: arguments.count) else { return false }
        switch facts.syntax {
        case .set: return arguments.count == 3 || RequestWords(buffer, arguments).hasSureSetOptions
        case .pairs: return arguments.count % 2 == 1
        case .time: return RequestWords(buffer, arguments).isSafeTime(2)
        default: return true
        }
    }

    /// What the reply to this request has to be for nothing to have changed.
    public func replyRule(
        for facts: CommandFacts, _ buffer: Span<UInt8>, _ arguments: Span<Argument>
    ) -> ReplyRule {
        guard facts.syntax.mayBeConditional else { return facts.replyRule }
        let options = options(facts, buffer, arguments)
        switch facts.syntax {
        case .set: return Self.ruleOfSet(options)
        case .zadd, .geoadd: return Self.ruleOfAdding(options)
        case .delex, .xadd: return options.isConditional ? facts.replyRule : .never
        default: return facts.replyRule
        }
    }

    /// With GET the reply is the old value: nil says that there was none, which is what NX wants and XX does
    /// not.
    private static func ruleOfSet(_ options: RequestOptions) -> ReplyRule {
        guard options.isConditional else { return .never }
        guard options.contains(.get) else { return .whenNil }
        if options.contains(.ifOtherwise) { return .never }
        return options.contains(.ifAbsent) ? .unlessNil : .whenNil
    }

    /// Without CH the reply counts additions only, and 0 hides updates, unless NX forbids them.
    private static func ruleOfAdding(_ options: RequestOptions) -> ReplyRule {
        if options.contains(.increment) { return .whenNil }
        return options.contains(.changes) || options.contains(.ifAbsent) ? .whenZero : .never
    }

    private func options(
        _ facts: CommandFacts, _ buffer: Span<UInt8>, _ arguments: Span<Argument>
    ) -> RequestOptions {
        let words = RequestWords(buffer, arguments)
        switch facts.syntax {
        case .set: return arguments.count > 3 ? words.setOptions(from: 3) : []
        case .delex, .hsetex: return words.setOptions(from: 2)
        case .msetex: return words.setOptions(from: words.endOfPairs)
        case .zadd, .geoadd: return words.leadingOptions(from: 2)
        case .expire, .expireAt: return words.leadingOptions(from: 3)
        case .xadd: return words.hasNoMakeStream ? .ifOtherwise : []
        default: return []
        }
    }

    /// Whether the request may keep its connection waiting: always for BLPOP, with BLOCK for XREAD.
    public func blocks(_ facts: CommandFacts, _ buffer: Span<UInt8>, _ arguments: Span<Argument>) -> Bool {
        if facts.behaviour == .block { return true }
        guard facts.behaviour == .blockIfAsked else { return false }
        let words = RequestWords(buffer, arguments)
        var index = 1
        while index < words.count {
            if words.matches(index, "STREAMS") { return false }
            if words.matches(index, "BLOCK") { return true }
            // A group or a consumer may be called as an option is.
            index += words.matches(index, "GROUP") ? 3 : words.matches(index, "COUNT") ? 2 : 1
        }
        return false
    }
}

extension RequestWords {
    /// The first word after MSETEX's counted keys and values.
    var endOfPairs: Int {
        guard let pairs = integer(1), pairs > 0, pairs < count else { return count }
        return 2 + 2 * pairs
    }
}
