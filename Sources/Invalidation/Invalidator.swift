public import Bytes
import Commands
import Config
import EventLoop
import Naming
public import Relay

/// Decides, for the sessions of one loop, what their writes owe, and sees to it.
///
///     write ─► WriteMutation ─┬─ SADD … behind the write (records)
///                             └─ UNLINK … behind it, or after its reply ─► Reporter
///                                                        what exceeds the inline limits ─► Engine
public final class Invalidator: MutationObserver {
    let worker: Worker
    let scripts = ScriptCache()
    let reporter: Reporter
    let engine: Engine.Door
    /// Whether the index can be trusted; shared by all loops.
    let health: IndexHealth
    private var waiting: [(deadline: UInt64, cascade: InlineCascade)] = []
    private var isWatching = false
    private var plans = PlanCache()

    public init(worker: Worker, reporter: Reporter, engine: Engine.Door, health: IndexHealth) {
        self.worker = worker
        self.reporter = reporter
        self.engine = engine
        self.health = health
    }

    /// Makes ready for a Redis that has become reachable.
    public func upstreamBecameReachable() {
        scripts.load(on: worker.pool.ownLink(database: 0))
    }

    public func mutation(for intent: WriteIntent) -> Mutation? {
        let plan =
            intent.keys.count == 1
            ? plans.plan(for: intent.keys[0].name, worker.conventions) {
                makePlan(of: intent.keys, recording: intent.keys)
            } : makePlan(of: intent.keys, recording: Self.recorded(intent))
        let owesRecords = !plan.records.isEmpty && WriteMutation.owesRecords(intent)
        if intent.targetDatabase == nil, plan.frontier.isEmpty, !owesRecords { return nil }
        return WriteMutation(intent, plan, invalidator: self)
    }

    /// The keys that are there after the write, here or in another database.
    private static func recorded(_ intent: WriteIntent) -> [WriteIntent.Key] {
        intent.targetDatabase == nil ? intent.keys.filter { $0.role != .delete } : intent.keys
    }

    private func makePlan(of keys: [WriteIntent.Key], recording recorded: [WriteIntent.Key]) -> Plan {
        let conventions = worker.conventions
        let limits = cascadeLimits
        var records: [Record] = []
        var leadsOn = false
        for key in recorded { records += conventions.facts(of: key.name.span).records }
        for key in keys where !leadsOn { leadsOn = conventions.leadsOn(key.name) }
        let closure =
            leadsOn
            ? conventions.closure(of: keys.map(\.name), maxDepth: limits.depth, maxKeys: limits.keys)
            : Closure()
        return Plan(
            records: records, closure: closure, limits: limits, listsAtMost: worker.settings.auditTargets)
    }

    private var cascadeLimits: Cascade.Limits {
        Cascade.Limits(
            depth: worker.settings.cascadeMaxDepth, keys: worker.settings.cascadeMaxKeys,
            stepKeys: worker.settings.cascadeStepKeys)
    }

    public func flushed(database: Int?, command: ByteString, actor: Actor) {
        reporter.flushed(database: database, command: command, actor: actor)
    }

    // MARK: Cascades of this loop

    /// Starts a cascade on `link`; what it cannot finish goes to the engine.
    ///
    /// `removal` is all of `frontier`, where that could be prepared.
    func start(
        _ cause: Cause, _ frontier: Frontier, _ removal: PreparedRemoval?, on link: Link
    ) -> InlineCascade {
        let settings = worker.settings
        let cascade = Cascade(
            cause, frontier, conventions: worker.conventions, scripts: scripts, limits: cascadeLimits,
            isLookOnly: settings.mode == .observe, listsAtMost: settings.auditTargets)
        let inline = InlineCascade(cascade)
        let onEnd: (Cascade) -> Void = { [weak self] ended in
            self?.ended(ended)
            inline.ended()
        }
        if let removal, settings.mode == .enforce {
            cascade.run(removal, on: link, onEnd: onEnd)
        } else {
            let pool = worker.pool
            let database = cause.database
            cascade.run(on: link, next: { pool.ownLink(database: database) }, onEnd: onEnd)
        }
        return inline
    }

    private func ended(_ cascade: Cascade) {
        let parent = reporter.ended(cascade)
        if case .failed = cascade.ending, !cascade.frontier.takes.isEmpty {
            health.suspect("an index set was being taken from when its link was lost")
        }
        if !cascade.isLookOnly, !cascade.frontier.isEmpty {
            engine.finish(cascade.cause, cascade.frontier, parent: parent)
        }
        if !cascade.isLookOnly, !cascade.indexKeys.isEmpty, health.isSuspect {
            engine.scan(cascade.cause, for: cascade.indexKeys, parent: parent)
        }
    }

    /// What a write owes when nobody can say whether it happened, or when its link is gone: the engine does
    /// it.
    func handOver(_ cause: Cause, _ frontier: Frontier, _ records: [Record]) {
        if !records.isEmpty { health.suspect("a record was lost with its link") }
        if !frontier.isEmpty, worker.settings.mode == .enforce {
            engine.finish(cause, frontier, parent: nil)
        }
    }

    /// Lets the reply leave without the cascade once the deadline has passed.
    func watch(_ cascade: InlineCascade) {
        let deadline = worker.loop.nowMilliseconds + UInt64(worker.settings.cascadeDeadline.milliseconds)
        waiting.append((deadline, cascade))
        guard !isWatching else { return }
        isWatching = true
        checkLater()
    }

    private func checkLater() {
        worker.loop.timer(afterMilliseconds: 20) { [weak self] in self?.checkDeadlines() }
    }

    private func checkDeadlines() {
        let now = worker.loop.nowMilliseconds
        waiting.removeAll { entry in
            if entry.cascade.isOver { return true }
            guard entry.deadline <= now else { return false }
            entry.cascade.letGo()
            reporter.deadlinePassed()
            return true
        }
        if waiting.isEmpty { isWatching = false } else { checkLater() }
    }

    func recordFailed(_ reason: String) {
        health.suspect(reason)
        reporter.recordFailed(reason)
    }
}

/// A cascade that a reply may wait for.
final class InlineCascade {
    let cascade: Cascade
    private(set) var isOver = false
    private var held: [HeldReply] = []

    init(_ cascade: Cascade) { self.cascade = cascade }

    /// Keeps the reply until the cascade is over.
    func hold(_ reply: HeldReply) {
        guard !isOver else { return }
        reply.retain()
        held.append(reply)
    }

    func ended() {
        isOver = true
        letGo()
    }

    func letGo() {
        for reply in held { reply.release() }
        held = []
    }
}
