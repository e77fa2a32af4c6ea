import Bytes

/// One command as the lists spell it, before it is laid out for lookups.
struct CommandRow: Sendable {
    static let bar: UInt8 = 0x7c

    /// A key specification whose keyword, if any, has no number yet.
    struct Keys: Sendable {
        var keyword: ByteString?
        var spec: KeySpec
    }

    var name: ByteString
    var arity: Int16
    var flags: CommandFlags
    var keys: [Keys]
    var behaviour: Behaviour = .plain
    var replyRule: ReplyRule = .never
    var syntax: RequestSyntax = .none
    var isConditional = false
    var isSure = false
    /// The server tells less about the keys than there is to know.
    var hasIncompleteKeys = false

    /// `client` of `client|list`.
    var container: ByteString? {
        name.bytes.firstIndex(of: Self.bar).map { ByteString(Array(name.bytes[..<$0])) }
    }

    /// `list` of `client|list`, `get` of `get`.
    var ownName: ByteString {
        guard let bar = name.bytes.firstIndex(of: Self.bar) else { return name }
        return ByteString(Array(name.bytes[(bar + 1)...]))
    }

    func facts(index: UInt16) -> CommandFacts {
        let range = legacyRange
        return CommandFacts(
            index: index, flags: flags, behaviour: behaviour, replyRule: replyRule, arity: arity,
            firstKey: range.first, lastKey: range.last, step: range.step, keyRole: strongestRole,
            needsSlowKeys: needsSlowKeys, isConditional: isConditional || syntax.mayBeConditional,
            isSure: isSure, syntax: syntax)
    }

    private var needsSlowKeys: Bool {
        if hasIncompleteKeys || keys.count > 1 { return true }
        switch syntax {
        case .bitfield, .sort, .migrate, .geoRadius: return true
        default: return keys.first.map { !$0.spec.isRange || $0.keyword != nil } ?? false
        }
    }

    private var strongestRole: KeyRole {
        keys.lazy.map(\.spec.role).first(where: \.isMutation) ?? .read
    }

    /// The first, last and step that `COMMAND` tells: only of specifications that follow each other as plain
    /// ranges.
    ///
    /// As Redis's `populateCommandLegacyRangeSpec` computes them.
    private var legacyRange: (first: Int16, last: Int16, step: Int16) {
        if keys.count == 1, keys[0].spec.isRange, keys[0].keyword == nil {
            let spec = keys[0].spec
            return (spec.begin, spec.last >= 0 ? spec.begin + spec.last : spec.last, spec.step)
        }
        var first: Int16?
        var last: Int16 = 0
        for key in keys where key.keyword == nil && key.spec.isRange && key.spec.step == 1 {
            let spec = key.spec
            guard last == 0 || last == spec.begin - 1 else { continue }
            first = min(first ?? .max, spec.begin)
            let end = spec.last >= 0 ? spec.last + spec.begin : spec.last
            if UInt16(bitPattern: end) > UInt16(bitPattern: last) { last = end }
        }
        return first.map { ($0, last, 1) } ?? (0, 0, 0)
    }
}

extension RequestSyntax {
    var mayBeConditional: Bool {
        switch self {
        case .none, .bitfield, .sort, .migrate, .geoRadius, .pairs, .time, .persist, .getex: false
        case .set, .delex, .msetex, .hsetex, .zadd, .geoadd, .xadd, .expire, .expireAt: true
        }
    }
}
