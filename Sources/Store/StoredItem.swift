public import Bytes

/// A piece of accepted work as the store keeps it: what the queue must be able to find without reading the
/// work itself, and the work as bytes.
public struct StoredItem: Sendable, Equatable {
    /// Where it is in its life; the raw values are part of the file's format.
    public enum State: Int, Sendable, CaseIterable {
        /// Due now or, with `due` in the future, later.
        case pending = 0
        /// Failed, and due again at `due`.
        case retrying = 1
        /// Its rule or everything is paused.
        case paused = 2
        /// Stopped by a limit until a human decides.
        case held = 3
        /// Failed for good: a dead letter.
        case dead = 4
    }

    /// No queue ever counts so far: what a file has beyond it, its disk has changed.
    public static let highestNumber: Int64 = 1 << 53

    /// Chosen by the queue, unique and ascending.
    public var number: Int64
    public var state: State
    /// Milliseconds since 1970 from which on it may run.
    public var due: Int64
    /// Equal work that waits has the same; empty where nothing merges.
    public var mergeKey: ByteString
    /// The rule that asked for it; empty where none did.
    public var rule: String
    /// The work, as `WorkCoder` writes it.
    public var content: ByteString

    public init(
        number: Int64, state: State, due: Int64, mergeKey: ByteString, rule: String, content: ByteString
    ) {
        self.number = number
        self.state = state
        self.due = due
        self.mergeKey = mergeKey
        self.rule = rule
        self.content = content
    }
}
