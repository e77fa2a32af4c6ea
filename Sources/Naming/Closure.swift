public import Bytes

/// A key that goes stale somewhere in a cascade.
public struct ClosureStep: Sendable, Hashable {
    public var key: ByteString
    /// 1 for what follows directly from a given key.
    public var depth: Int
    /// The key whose mutation or invalidation made this one stale.
    public var parent: ByteString
    public var origin: Origin
    /// How late it goes, see `Follower`.
    public var rank = 0
}

/// An index set to be read at run time somewhere in a cascade.
public struct ClosureTake: Sendable, Hashable {
    public var indexKey: ByteString
    public var kind: IndexKind
    /// The depth that its members have.
    public var depth: Int
    public var parent: ByteString
    public var origin: Origin
    /// How late its members go, see `Follower`.
    public var rank = 0
}

/// Everything that names alone say about a cascade.
public struct Closure: Sendable {
    /// Breadth-first, each key once; never a given key, a protected or a reserved one.
    public var steps: [ClosureStep] = []
    /// Each index set once; their members are keys (or tags, see `IndexKind`) to go on from.
    public var takes: [ClosureTake] = []
    /// Rules to be decided or carried out later, each once for each key that fires it.
    public var firings: [Firing] = []
    /// Rules that were followed, once for each key that led to them.
    public var followed: [Rule] = []
    /// Whether a limit ended the walk early.
    public var isTruncated = false
    /// Keys, given or in `steps`, whose own dependents were not followed because of a limit.
    ///
    /// They go on as the given keys of another walk. Visited keys are not carried over, so the caller bounds
    /// how often.
    public var unexplored: [ByteString] = []
    /// Stale keys left alone because they are protected, each once.
    public var skippedProtected: [ByteString] = []

    /// Nothing at all.
    public init() {}
}
