/// What a command does to one of its keys, condensed from the flags of Redis's key specifications.
public enum KeyRole: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// Looks only (RO).
    case read
    /// Replaces the value whatever it was (OW).
    case overwrite
    /// Changes what is there, and may create it (RW, update).
    case update
    /// Only adds (RW, insert).
    case insert
    /// Only removes, never creates (RM; RW, delete).
    case delete
    /// Changes the time to live. Whether that counts is `CommandTable.isMutation`'s to say.
    case expire

    @inlinable public var isMutation: Bool { self != .read }
}

/// One key of a request.
public struct KeyUse: BitwiseCopyable, Sendable, Hashable {
    /// Index of the argument that is the key; the command's name is 0.
    public var argument: Int
    public var role: KeyRole

    @inlinable public init(argument: Int, role: KeyRole) {
        self.argument = argument
        self.role = role
    }
}
