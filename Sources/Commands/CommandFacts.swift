/// What is known of a command before its arguments are looked at; copied freely, owns nothing.
public struct CommandFacts: BitwiseCopyable, Sendable {
    /// Place in the table, the same in every table refreshed from it. `.max` for an unknown command.
    public internal(set) var index: UInt16
    public internal(set) var flags: CommandFlags
    public internal(set) var behaviour: Behaviour
    /// The rule without options; `CommandTable.replyRule` looks at them.
    public internal(set) var replyRule: ReplyRule
    /// As `COMMAND` says it: the number of arguments with the name, or minus the least number.
    public internal(set) var arity: Int16
    /// Positions of the keys as `COMMAND` says them, all zero when there is none that a range can express.
    ///
    /// Complete unless `needsSlowKeys`; a negative `lastKey` counts from the end. Channels are not keys here.
    public internal(set) var firstKey: Int16
    public internal(set) var lastKey: Int16
    public internal(set) var step: Int16
    /// What happens to the keys; of several roles the one that is a mutation.
    public internal(set) var keyRole: KeyRole
    /// The range does not name all keys, or their roles differ: only `CommandTable.keys` knows.
    public internal(set) var needsSlowKeys: Bool
    /// Some form of the command may write nothing although its reply is no error: ask
    /// `CommandTable.isConditional`.
    public internal(set) var isConditional: Bool
    /// A well-formed request runs without an error whatever its keys hold: ask `CommandTable.isSure`.
    public internal(set) var isSure: Bool
    var syntax: RequestSyntax

    /// A command that the table does not know.
    public static let unknown = CommandFacts(
        index: .max, flags: [], behaviour: .unknown, replyRule: .never, arity: -1, firstKey: 0, lastKey: 0,
        step: 0, keyRole: .read, needsSlowKeys: false, isConditional: false, isSure: false, syntax: .none)

    @inlinable public var isKnown: Bool { index != .max }

    /// Whether the command may change data, as far as its name tells; one that nobody knows may.
    @inlinable public var mayWrite: Bool {
        !isKnown || flags.contains(.write) || (behaviour == .script && !flags.contains(.readOnly))
    }

    /// Whether a request of `count` arguments, its name included, is one that Redis would look at.
    @inlinable public func accepts(argumentCount count: Int) -> Bool {
        arity >= 0 ? count == Int(arity) : count >= -Int(arity)
    }
}
