public import Bytes

/// Bytes that no log, dump or listing shows: a password.
public struct Secret: Sendable, Hashable {
    /// The bytes themselves, for the one place that sends them.
    public let revealed: ByteString

    public init(_ bytes: ByteString) { revealed = bytes }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "***" }
    public var debugDescription: String { "***" }
    /// Without children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
