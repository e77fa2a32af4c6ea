public import Bytes

/// A command as the server's `COMMAND` reply describes it, parsed by whoever asked.
public struct UpstreamCommand: Sendable, Hashable {
    /// Lower case; a subcommand's is `container|subcommand`.
    public var name: ByteString
    public var arity: Int
    public var flags: [ByteString]
    public var firstKey: Int
    public var lastKey: Int
    public var step: Int
    /// Empty for servers older than 7.0.
    public var keySpecs: [UpstreamKeySpec]
    public var subcommands: [UpstreamCommand]

    public init(
        name: ByteString, arity: Int, flags: [ByteString] = [],
        firstKey: Int = 0, lastKey: Int = 0, step: Int = 0,
        keySpecs: [UpstreamKeySpec] = [], subcommands: [UpstreamCommand] = []
    ) {
        self.name = name
        self.arity = arity
        self.flags = flags
        self.firstKey = firstKey
        self.lastKey = lastKey
        self.step = step
        self.keySpecs = keySpecs
        self.subcommands = subcommands
    }
}

/// One key specification of a `COMMAND` reply.
public struct UpstreamKeySpec: Sendable, Hashable {
    /// `begin_search`.
    public enum Beginning: Sendable, Hashable {
        case index(Int)
        case keyword(ByteString, startFrom: Int)
        case unknown
    }

    /// `find_keys`.
    public enum Finding: Sendable, Hashable {
        case range(lastKey: Int, step: Int, limit: Int)
        case keyNumber(index: Int, firstKey: Int, step: Int)
        case unknown
    }

    /// `RO`, `update`, `incomplete` and so on, as the server spells them.
    public var flags: [ByteString]
    public var beginning: Beginning
    public var finding: Finding

    public init(flags: [ByteString], beginning: Beginning, finding: Finding) {
        self.flags = flags
        self.beginning = beginning
        self.finding = finding
    }
}
