import Audit
import Bytes
import Naming

/// A piece of work that the engine owes.
struct Work: Sendable {
    enum Task: Sendable {
        /// The rest of a cascade.
        case finish(Frontier)
        /// Every key that belongs to one of the index sets by its name.
        case scan(Set<ByteString>)
        /// Every key of the database, or of all of them, that no `protect` line names.
        case empty(all: Bool)
        /// Every key that any convention can make stale.
        case everything
    }

    /// Its number in the queue and in the store; 0 until it is accepted.
    var number: Int64 = 0
    var task: Task
    var cause: Cause
    /// The audit record that this continues.
    var parent: ULID?
    /// The Redis that it is owed to.
    var side: Side
    var manner: Manner
    /// The rule that asked for it; nil when none did.
    var rule: String?
    var attempts = 0
    /// Times that Redis refused it, for whatever reason.
    var refusals = 0
    var enqueuedMilliseconds: UInt64 = 0

    init(
        _ task: Task, _ cause: Cause, parent: ULID?, side: Side = .primary, manner: Manner = .remove,
        rule: String? = nil
    ) {
        self.task = task
        self.cause = cause
        self.parent = parent
        self.side = side
        self.manner = manner
        self.rule = rule
    }
}
