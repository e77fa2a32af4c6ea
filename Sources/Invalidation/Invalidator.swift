import Audit
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
    let scripts: ScriptCache
    let reporter: Reporter
    let engine: Engine.Door
    private let primaryHealth: IndexHealth
    private let fallbackHealth: IndexHealth
    /// What the other Redis is to be told; nil where there is none.
    let notes: MirrorNotes?
    private var recent = RecentMutations()
    /// Index sets that cascades have relied on.
    var consulted = ConsultedSets()
    var samples = SetSamples()
    /// Where what writes owe is noted before they leave; nil where nothing is.
    public var intents: IntentBook? { didSet { notes?.intents = intents } }
    private var waiting: [(deadline: UInt64, cascade: InlineCascade)] = []
    private var isWatching = false
    private var plans = PlanCache()

    /// - Parameters:
    ///   - health: whether the index of the primary can be trusted; shared by all loops.
    ///   - fallbackHealth: the same of the fallback.
    public init(
        worker: Worker, reporter: Reporter, engine: Engine.Door, health: IndexHealth,
        fallbackHealth: IndexHealth
    ) {
        self.worker = worker
        self.reporter = reporter
        self.engine = engine
        primaryHealth = health
        self.fallbackHealth = fallbackHealth
        notes = worker.settings.fallback == nil ? nil : MirrorNotes(loop: worker.loop, engine: engine)
        scripts = ScriptCache(drains: health.drains)
    }

    /// The Redis that applications use now.
    var side: Side { Side(worker.pool.destination.place) }
    /// Whether its index can be trusted.
    var health: IndexHealth { side == .primary ? primaryHealth : fallbackHealth }

    /// Makes ready for a Redis that has become reachable.
    public func upstreamBecameReachable() {
        scripts.load(on: worker.pool.ownLink(database: 0))
    }

    /// Names that are matched in one tick of the loop: a write of more keys goes on in the next.
    static let keysPerTick = 200

    public var isFull: Bool { reporter.isFull }

    public func mutation(for intent: WriteIntent) -> Mutation? {
        if intent.changesLifeOnly {
            let ticket = ticket(nil, intent, [], owesCascade: notes != nil)
            return WriteMutation(intent, .nothing, rest: [], ticket: ticket, invalidator: self)
        }
        guard intent.keys.count > Self.keysPerTick else { return mutation(intent, rest: []) }
        var first = intent
        first.allKeys = Set(intent.keys.map(\.name))
        first.keys = Array(intent.keys.prefix(Self.keysPerTick))
        return mutation(first, rest: intent.keys.dropFirst(Self.keysPerTick))
    }

    /// What a write of the keys in `intent` owes; `rest` are more keys of the same write, and `known` is the
    /// intent where it was noted already.
    func mutation(
        _ intent: WriteIntent, rest: ArraySlice<WriteIntent.Key>, known: IntentBook.Ticket? = nil
    ) -> WriteMutation? {
        let plan =
            intent.keys.count == 1 && intent.allKeys.isEmpty
            ? plans.plan(for: intent.keys[0].name, worker.conventions) {
                makePlan(of: intent.keys) { _ in true }
            } : makePlan(of: intent.keys, sparing: intent.allKeys) { Self.isThere($0, after: intent) }
        let owesRecords = !plan.records.isEmpty && WriteMutation.owesRecords(intent)
        if rest.isEmpty, intent.targetDatabase == nil, plan.frontier.isEmpty, !owesRecords,
            !isToBeNoted(intent)
        {
            return nil
        }
        if owesRecords { sample(plan.records, intent) }
        let owesCascade = !plan.frontier.isEmpty || !rest.isEmpty || notes != nil
        let ticket = ticket(known, intent, rest, owesCascade: owesCascade)
        return WriteMutation(intent, plan, rest: rest, ticket: ticket, invalidator: self)
    }

    /// The intent that the mutation holds: a new one, or that of the write whose rest it is.
    private func ticket(
        _ known: IntentBook.Ticket?, _ intent: WriteIntent, _ rest: ArraySlice<WriteIntent.Key>,
        owesCascade: Bool
    ) -> IntentBook.Ticket? {
        guard owesCascade, let intents, worker.settings.mode == .enforce else { return nil }
        guard let known else { return intents.note(intent, and: rest) }
        intents.retain(known)
        return known
    }

    /// Whether a write that makes nothing else stale here may do so elsewhere.
    private func isToBeNoted(_ intent: WriteIntent) -> Bool {
        notes != nil
            || (worker.settings.replayWindow > .zero && intent.keys.contains { $0.role == .delete })
    }

    /// Whether the key may be there after the write, here or in another database.
    private static func isThere(_ key: WriteIntent.Key, after intent: WriteIntent) -> Bool {
        intent.targetDatabase != nil || key.role != .delete
    }

    /// - Parameter spared: keys that the same command has written, and that are fresh for that reason.
    private func makePlan(
        of keys: [WriteIntent.Key], sparing spared: Set<ByteString> = [],
        recording isRecorded: (WriteIntent.Key) -> Bool
    ) -> Plan {
        let conventions = worker.conventions
        let limits = cascadeLimits
        var records: [Record] = []
        var owners: [Plan.Owner] = []
        var leadsOn = false
        for (place, key) in keys.enumerated() {
            guard isRecorded(key) else {
                leadsOn = leadsOn || conventions.leadsOn(key.name)
                continue
            }
            let facts = conventions.facts(of: key.name.span)
            records += facts.records
            if !facts.records.isEmpty { owners.append(Plan.Owner(place: place, end: records.count)) }
            leadsOn = leadsOn || facts.leadsOn
        }
        var closure =
            leadsOn
            ? conventions.closure(of: keys.map(\.name), maxDepth: limits.depth, maxKeys: limits.keys)
            : Closure()
        if !spared.isEmpty { closure.steps.removeAll { spared.contains($0.key) } }
        return Plan(
            records: records, owners: owners, closure: closure, limits: limits,
            listsAtMost: worker.settings.auditTargets)
    }

    private var cascadeLimits: Cascade.Limits {
        let settings = worker.settings
        return Cascade.Limits(
            depth: min(settings.cascadeMaxDepth, settings.maxDepth),
            keys: min(settings.cascadeMaxKeys, settings.maxFanout), stepKeys: settings.cascadeStepKeys)
    }

    /// Tells the other Redis, and remembers for a while, what a write has changed or may have.
    func note(
        _ intent: WriteIntent, rest: ArraySlice<WriteIntent.Key> = [], _ ticket: IntentBook.Ticket?,
        isUnknown: Bool = false
    ) {
        let window = worker.settings.replayWindow
        if window > .zero, !intent.changesLifeOnly {
            recent.adopt(limit: worker.settings.replayKeys, window: window)
            recent.note(intent, rest, side, now: worker.loop.nowMilliseconds)
        }
        guard let notes else { return }
        // Held last: what was gathered of another Redis is handed over before, without this intent.
        defer { if let ticket { notes.hold(ticket) } }
        notes.changed(intent.keys[...], in: intent.database, at: side, isUnknown: isUnknown)
        notes.changed(rest, in: intent.database, at: side, isUnknown: isUnknown)
        guard let target = intent.targetDatabase, target != intent.database else { return }
        notes.changed(intent.keys[...], in: target, at: side, isUnknown: isUnknown)
        notes.changed(rest, in: target, at: side, isUnknown: isUnknown)
    }

    /// Hands over at once what the other Redis is still to be told.
    public func tellNotes() { notes?.tell() }

    /// What was mutated since then, in milliseconds of the loop's clock.
    public func mutations(since start: UInt64) -> RecentMutations.Excerpt { recent.excerpt(since: start) }

    public func flushed(database: Int?, command: ByteString, actor: Actor) {
        reporter.flushed(database: database, command: command, actor: actor)
    }

    // MARK: Cascades of this loop

    /// Starts a cascade on `link`; what it cannot finish goes to the engine.
    ///
    /// `removal` is all of `frontier`, where that could be prepared. The intent is held until the cascade is
    /// over, or what is left of it is safe.
    func start(
        _ cause: Cause, _ frontier: Frontier, _ removal: PreparedRemoval?, _ ticket: IntentBook.Ticket?,
        on link: Link
    ) -> InlineCascade {
        let settings = worker.settings
        let cascade = Cascade(
            cause, frontier, conventions: worker.conventions, scripts: scripts, limits: cascadeLimits,
            manner: settings.mode == .observe ? .look : .remove, listsAtMost: settings.auditTargets)
        cascade.beganSuspect = health.isSuspect
        let inline = InlineCascade(cascade)
        let prepared = settings.mode == .enforce ? removal : nil
        if prepared == nil { watchDrains(of: inline, ticket) }
        if settings.mode == .enforce, isBraked(cause, cascade.frontier, ticket) {
            inline.ended()
            return inline
        }
        if let ticket { intents?.retain(ticket) }
        let onEnd: (Cascade) -> Void = { [weak self] ended in
            self?.ended(ended, ticket)
            inline.ended()
        }
        if let prepared {
            cascade.run(prepared, on: link, onEnd: onEnd)
        } else {
            let pool = worker.pool
            let database = cause.database
            cascade.run(on: link, next: { pool.ownLink(database: database) }, onEnd: onEnd)
        }
        return inline
    }

    /// Has the engine look for the members of drain sets that are gone before all was done.
    ///
    /// What names alone decide has none, and goes without the references that this takes.
    private func watchDrains(of inline: InlineCascade, _ ticket: IntentBook.Ticket?) {
        let cascade = inline.cascade
        cascade.onVanished = { [health, weak self, weak cascade, weak inline] in
            health.suspect("Redis has lost a drain set")
            guard let self, let cascade else { return }
            // After the end nobody holds the intent any more.
            let accepted = inline?.isOver == false ? releaser(of: ticket) : nil
            engine.scan(cascade.cause, for: cascade.indexKeys, parent: nil, accepted: accepted)
        }
    }

    /// Hands the whole cascade to the queue while the emergency brake holds everything, or a rule that it
    /// follows.
    private func isBraked(_ cause: Cause, _ frontier: Frontier, _ ticket: IntentBook.Ticket?) -> Bool {
        let signs = engine.signs
        if signs.isPaused {
            engine.finish(cause, frontier, parent: nil, accepted: releaser(of: ticket))
            return true
        }
        guard signs.hasPausedRules else { return false }
        let (parts, rest) = frontier.split(by: signs.pausedRules)
        guard !parts.isEmpty else { return false }
        for (rule, part) in parts {
            engine.finish(cause, part, parent: nil, rule: rule, accepted: releaser(of: ticket))
        }
        if !rest.isEmpty {
            engine.finish(cause, rest, parent: nil, accepted: releaser(of: ticket))
        }
        return true
    }

    private func ended(_ cascade: Cascade, _ ticket: IntentBook.Ticket?) {
        defer { if let ticket { intents?.releaseWhenTold(ticket) } }
        let parent = reporter.ended(cascade)
        if engine.signs.hasDead, cascade.ending == .done, !cascade.isLookOnly {
            engine.succeeded(cascade)
        }
        let health = cascade.cause.side == .primary ? primaryHealth : fallbackHealth
        if !cascade.deferred.isEmpty {
            engine.fire(
                cascade.deferred, cascade.cause, parent: parent, accepted: releaser(of: ticket))
        }
        if !cascade.refused.isEmpty {
            let steps = cascade.refused.map(\.step)
            engine.finish(
                cascade.cause, Frontier(steps: steps), parent: parent, accepted: releaser(of: ticket))
        }
        if !cascade.isLookOnly, !cascade.frontier.isEmpty {
            engine.finish(
                cascade.cause, cascade.frontier, parent: parent, reached: cascade.targetCount,
                accepted: releaser(of: ticket))
        }
        guard !cascade.isLookOnly, !cascade.indexKeys.isEmpty else { return }
        if cascade.beganSuspect || health.isSuspect {
            engine.scan(
                cascade.cause, for: cascade.indexKeys, parent: parent, accepted: releaser(of: ticket))
        } else {
            consulted.note(
                cascade.indexKeys, cascade.cause.side, cascade.cause.database,
                now: worker.loop.nowMilliseconds, limit: worker.settings.replayKeys)
        }
    }

    /// Holds the intent until whoever takes over what is left has accepted it.
    private func releaser(of ticket: IntentBook.Ticket?) -> (@Sendable () -> Void)? {
        guard let ticket, let intents else { return nil }
        intents.retain(ticket)
        return intents.releaser(ticket)
    }

    /// What a write owes when nobody can say whether it happened, or when its link is gone: the engine does
    /// it.
    func handOver(
        _ cause: Cause, _ frontier: Frontier, lacksRecords: Bool, _ ticket: IntentBook.Ticket?, parent: ULID?
    ) {
        if lacksRecords { health.suspect("a record was lost with its link") }
        if !frontier.isEmpty, worker.settings.mode == .enforce {
            engine.finish(
                cause, frontier, parent: parent, mayComeLate: true, accepted: releaser(of: ticket))
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
