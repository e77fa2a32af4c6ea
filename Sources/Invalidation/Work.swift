import Audit
import Bytes
import Naming

/// A piece of work that the engine owes.
///
/// Whoever makes one fills in what is to be done, and when; the queue gives it a number and keeps the rest.
/// A new task needs a case in `Work.Task`, in `WorkRunner` (run), `WorkCoder` (bytes), `Work+Description`
/// (say), `Work+Merging` (join) and `Widening` (what covers it when there is no room); the compiler names all
/// five.
struct Work: Sendable {
    enum Task: Sendable {
        /// The rest of a cascade.
        case finish(Frontier)
        /// Every key that belongs to one of the index sets by its name.
        case scan(Set<ByteString>)
        /// Every key of the database, or of all of them, that no `protect` line names.
        case empty(all: Bool)
        /// A rule that has fired, to be decided and carried out.
        case fire(Firing)
        /// What somebody has asked for.
        case request(InvalidationRequest)
        /// Every key that a write of some other key can make stale.
        case built
        /// Every key that any convention can make stale: what is left when not even tags fit into the queue.
        case everything
    }

    /// What the store is told of it; whether it runs or is due is not kept.
    enum State: Sendable, Equatable { case pending, paused, held, dead }

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

    /// How long after its acceptance it may run; whoever makes the work says so.
    var delayMilliseconds = 0
    /// Not 0: work of the same `mergeKey` that comes while this waits starts the delay anew.
    var debounceMilliseconds = 0
    /// The time over which it spreads what it does; 0 for as fast as it may.
    var spreadMilliseconds = 0
    /// What waits with the same key is joined; empty lets the queue compare what is to be done.
    var mergeKey: ByteString = ""

    var state = State.pending
    /// Failed attempts, without those that say nothing about the work.
    var attempts = 0
    /// Times that Redis refused it, for whatever reason.
    var refusals = 0
    /// Why the last attempt failed.
    var error: String?
    /// Milliseconds since 1970 when it was accepted.
    var accepted: Int64 = 0
    /// Milliseconds since 1970 from which on it may run; 0 is at once, whatever the clock says.
    var due: Int64 = 0
    /// The wait that `due` was made from: a clock that was set back cannot make it longer.
    var waitMilliseconds = 0
    /// Whether it was found to be large, so that it does not take the place of small work.
    var isBig = false
    /// Keys that the same cascade had reached before this.
    var reached = 0
    /// How deep the same cascade had come before this.
    var deepest = 0
    /// How many pieces of work were joined to this.
    var joined = 0
    /// Whoever must know when the work needs no one else to remember it: it is in the store, or has ended.
    ///
    /// Called once each, on the engine's loop. Work that joins other work hands these over with it; they are
    /// not stored.
    var onAccepted: [@Sendable () -> Void] = []
    /// Whether a person has let it go on past `max-fanout` and `max-depth`.
    var isReleased = false

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

    /// What follows from this work, with its cause and its rule.
    func following(_ frontier: Frontier, parent: ULID?) -> Work {
        var work = Work(
            .finish(frontier), cause, parent: parent ?? self.parent, side: side, manner: manner, rule: rule)
        work.spreadMilliseconds = spreadMilliseconds
        work.isReleased = isReleased
        return work
    }

    /// Whether it does at one Redis what is decided at the other.
    var isCopy: Bool { side != cause.side }

    /// Tells everybody who waits for it that the work is safe.
    mutating func accept() {
        let told = onAccepted
        onAccepted = []
        for body in told { body() }
    }

    /// Has whoever waits for it wait for one thing more, which tells so by calling what this returns; nil
    /// where nobody waits.
    mutating func sharedAcceptance() -> (@Sendable () -> Void)? {
        let told = onAccepted
        if told.isEmpty { return nil }
        let both = AcceptedAll(2) { for body in told { body() } }
        onAccepted = [{ both.one() }]
        return { both.one() }
    }

    /// Whether it has failed before and waits for another attempt.
    var isRetrying: Bool { refusals > 0 }

    /// Whether nobody asked for it, so that the breaker may stop it.
    var isLimited: Bool { !isReleased && cause.source != .admin && cause.source != .engine }

    /// Whether the emergency brake holds it: what an operator asks for runs in spite of it.
    var isBraked: Bool { cause.source != .admin }
}
