public import Bytes

/// A tag that a key carries.
public struct KeyTag: Sendable, Hashable {
    public var name: ByteString
    /// Whether membership lives in the index; false when the tag's own name tells its members.
    public var isRecorded: Bool
    public var origin: Origin
}

/// One `SADD` that a write owes to the index.
public struct Record: Sendable, Hashable {
    public var indexKey: ByteString
    public var member: ByteString

    public init(indexKey: ByteString, member: ByteString) {
        self.indexKey = indexKey
        self.member = member
    }
}

/// A key that is stale after a mutation.
public struct Step: Sendable, Hashable {
    public var key: ByteString
    public var origin: Origin
    /// How late it goes, see `Follower`.
    public var rank = 0
}

/// What the members of an index set are.
public enum IndexKind: Sendable, Hashable {
    /// Keys that carry a tag (`freshet:tag:`).
    case members
    /// Tags one level below a tag (`freshet:sub:`), each with members and children of its own.
    case children
    /// Keys that depend on a source (`freshet:dep:`).
    case dependents
}

/// An index set whose members are stale after a mutation.
public struct IndexStep: Sendable, Hashable {
    public var indexKey: ByteString
    public var kind: IndexKind
    public var origin: Origin
    /// How late its members go, see `Follower`.
    public var rank = 0
}

/// A tag that a rule invalidates.
public struct TagStep: Sendable, Hashable {
    public var tag: ByteString
    public var origin: Origin
    /// How late what it means goes, see `Follower`.
    public var rank = 0
}

/// What the name of a key implies.
public struct Facts: Sendable {
    public var key: ByteString
    /// A protected key is never recorded and never invalidated; mutating it still invalidates what is built
    /// from it.
    public var isProtected = false
    /// A key of the index itself: no convention applies.
    public var isReserved = false
    /// The key is longer than `Conventions.maxKeyBytes`: no convention applies.
    public var isTruncated = false
    /// Each tag once, in the order of the configuration.
    public var tags: [KeyTag] = []
    /// Every `SADD` a write of this key owes, each once, to be sent in this order.
    public var records: [Record] = []
    /// Computed names that are stale after a mutation: direct ones only, never the key itself, a protected or
    /// a reserved one.
    public var dependents: [Step] = []
    /// Index sets to take from after a mutation, each once.
    public var recorded: [IndexStep] = []
    /// Tags that rules invalidate after a mutation, each once.
    public var tagTargets: [TagStep] = []

    /// Rules that a mutation fires and that have to be decided first, or wait.
    public var firings: [Firing] = []

    /// Whether anything is stale after a mutation, as far as names tell.
    public var leadsOn: Bool {
        !dependents.isEmpty || !recorded.isEmpty || !tagTargets.isEmpty || !firings.isEmpty
    }

    init(key: ByteString) { self.key = key }
}

/// What invalidating a tag means.
public struct TagFacts: Sendable, Hashable {
    /// Members that the tag's own name tells, without protected and reserved ones.
    public var keys: [ByteString] = []
    /// Members so told that are protected, and left alone.
    public var skippedProtected: [ByteString] = []
    /// The set of recorded members (`freshet:tag:…`); nil when names tell all members.
    public var indexKey: ByteString?
    /// The set of tags below (`freshet:sub:…`); nil when none can be there.
    public var subKey: ByteString?
    /// Conventions that can give this tag to a key.
    public var origins: [Origin] = []
}
