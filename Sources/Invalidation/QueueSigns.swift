import Synchronization

/// What every thread may see of the queue without asking the engine.
final class QueueSigns: Sendable {
    private let pauses = Atomic<Bool>(false)
    private let rules = Mutex<Set<String>>([])
    private let pausesRules = Atomic<Bool>(false)
    private let dead = Atomic<Bool>(false)

    init() {}

    /// Whether the emergency brake holds everything: cascades go to the queue instead of running.
    var isPaused: Bool { pauses.load(ordering: .relaxed) }
    /// Whether the work of some rules is held.
    var hasPausedRules: Bool { pausesRules.load(ordering: .relaxed) }
    var pausedRules: Set<String> { rules.withLock { $0 } }
    /// Whether there are dead letters, which a later success of the same may make needless.
    var hasDead: Bool { dead.load(ordering: .relaxed) }

    func show(_ brakes: Brakes) {
        pauses.store(brakes.isPaused, ordering: .relaxed)
        rules.withLock { $0 = Set(brakes.rulesSince.keys) }
        pausesRules.store(!brakes.rulesSince.isEmpty, ordering: .relaxed)
    }

    func show(dead isThere: Bool) { dead.store(isThere, ordering: .relaxed) }
}
