public import Bytes

/// What the server says about a command as a whole, in the words of its `COMMAND` reply, and two things it
/// does not say.
public struct CommandFlags: OptionSet, BitwiseCopyable, Sendable, Hashable {
    public var rawValue: UInt32

    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let write = CommandFlags(rawValue: 1 << 0)
    public static let readOnly = CommandFlags(rawValue: 1 << 1)
    public static let denyOOM = CommandFlags(rawValue: 1 << 2)
    public static let admin = CommandFlags(rawValue: 1 << 3)
    public static let pubsub = CommandFlags(rawValue: 1 << 4)
    public static let noScript = CommandFlags(rawValue: 1 << 5)
    public static let blocking = CommandFlags(rawValue: 1 << 6)
    public static let loading = CommandFlags(rawValue: 1 << 7)
    public static let stale = CommandFlags(rawValue: 1 << 8)
    public static let skipMonitor = CommandFlags(rawValue: 1 << 9)
    public static let skipSlowlog = CommandFlags(rawValue: 1 << 10)
    public static let asking = CommandFlags(rawValue: 1 << 11)
    public static let fast = CommandFlags(rawValue: 1 << 12)
    public static let noAuth = CommandFlags(rawValue: 1 << 13)
    public static let mayReplicate = CommandFlags(rawValue: 1 << 14)
    public static let noMandatoryKeys = CommandFlags(rawValue: 1 << 15)
    public static let allowBusy = CommandFlags(rawValue: 1 << 16)
    public static let noAsyncLoading = CommandFlags(rawValue: 1 << 17)
    public static let noMulti = CommandFlags(rawValue: 1 << 18)
    public static let movableKeys = CommandFlags(rawValue: 1 << 19)
    public static let module = CommandFlags(rawValue: 1 << 20)
    /// The EVAL and FCALL families, read-only ones included. Freshet's own flag.
    public static let script = CommandFlags(rawValue: 1 << 30)
    /// The second argument names a subcommand. Freshet's own flag.
    public static let containsSubcommands = CommandFlags(rawValue: 1 << 31)

    /// The server's spelling of each flag.
    static let spellings: [(name: ByteString, flag: CommandFlags)] = [
        ("write", .write), ("readonly", .readOnly), ("denyoom", .denyOOM), ("admin", .admin),
        ("pubsub", .pubsub), ("noscript", .noScript), ("blocking", .blocking), ("loading", .loading),
        ("stale", .stale), ("skip_monitor", .skipMonitor), ("skip_slowlog", .skipSlowlog),
        ("asking", .asking), ("fast", .fast), ("no_auth", .noAuth), ("may_replicate", .mayReplicate),
        ("no_mandatory_keys", .noMandatoryKeys), ("allow_busy", .allowBusy),
        ("no_async_loading", .noAsyncLoading), ("no_multi", .noMulti), ("movablekeys", .movableKeys),
        ("module", .module),
    ]

    /// The flags that `names` spell; names that nobody knows say nothing.
    public init(_ names: [ByteString]) {
        self = []
        for name in names {
            if let known = Self.spellings.first(where: { $0.name == name }) { insert(known.flag) }
        }
    }
}
