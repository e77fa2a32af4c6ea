import Audit
import Bytes
import Config
import EventLoop
public import Hiredis
import Logging
import Metrics
import Naming
public import Relay

/// One Redis as the engine sees it: its links, and what is known of its health and of its index.
public final class EngineSide {
    public let side: Side
    unowned let engine: Engine
    public let pool: LinkPool
    let scripts: ScriptCache
    /// How fast large index sets are drained.
    lazy var pace = DrainPace(side: self)
    lazy var drainKeeper = DrainKeeper(side: self)
    /// Whether the index of this Redis can be trusted.
    public let health: IndexHealth
    private(set) var isReachable = false
    /// Since when it has been as it is, in milliseconds of the loop's clock.
    private(set) var changedMilliseconds: UInt64 = 0
    /// Why Redis cannot be reached; nil when it can.
    private var linkProblem: String? = "not connected yet"
    /// Why Redis, which can be reached, does not serve; nil when it does.
    private var probeProblem: String?
    lazy var reconciler = Reconciler(side: self)
    lazy var sweeper = Sweeper(side: self)
    lazy var indexWatch = IndexWatch(side: self)
    /// Within how many milliseconds keys expire that were softened: they are no members any more, and still
    /// there.
    private(set) var longestSoftening = 0
    lazy var watch = UpstreamWatch(side: self)

    /// Told when Redis becomes reachable or stops being so.
    public var onReachable: ((_ isReachable: Bool, _ reason: String) -> Void)?
    /// Called when Redis may have got commands that the table does not know.
    public var onModulesChanged: (() -> Void)?
    /// Called when links may lead to a Redis that is no longer the master.
    public var onMasterChanged: (() -> Void)?

    init(_ side: Side, engine: Engine, pool: LinkPool, health: IndexHealth) {
        self.side = side
        self.engine = engine
        self.pool = pool
        self.health = health
        scripts = ScriptCache(drains: health.drains)
    }

    func start() {
        pool.onReachable = { [weak self] reachable, reason in
            self?.linkProblem = reachable ? nil : reason
            self?.conditionChanged()
        }
        noteSofteningRules()
        watch.start()
        sweeper.start()
        drainKeeper.start()
    }

    func stop() {
        reconciler.stop()
        pool.stop()
    }

    /// New conventions may need records that were never made.
    func conventionsChanged() {
        noteSofteningRules()
        // The sets may have been relied on before, but nobody expected these members in them.
        reconciler.expectNewRecords()
        health.suspect("the conventions have changed", since: engine.loop.nowMilliseconds)
        reconciler.startIfNeeded()
    }

    /// How far back what was done through the index is done again when nobody knows since when it lacks
    /// records.
    private static let lookBackMilliseconds: UInt64 = 10_000

    /// The index is not trusted any more: what was done while it was trusted wrongly is done again.
    func becameSuspect(since episode: IndexHealth.Episode) {
        let now = engine.loop.nowMilliseconds
        switch episode {
        case .since(let start): engine.repeatConsulted(at: side, since: start)
        case .unknown:
            let start = min(watch.lastWhole, now - min(now, Self.lookBackMilliseconds))
            engine.repeatConsulted(at: side, since: start)
        }
    }

    private func noteSofteningRules() {
        for rule in engine.conventions.rules { noteSoftening(rule.clauses.softlyMilliseconds ?? 0) }
        for schedule in engine.conventions.schedules { noteSoftening(schedule.softlyMilliseconds) }
    }

    private func noteSoftening(_ milliseconds: Int) {
        longestSoftening = max(longestSoftening, milliseconds)
    }

    /// The index is rebuilt, and not trusted until then.
    ///
    /// - Parameter since: from when on it may have lacked records, in milliseconds of the loop's clock; nil
    ///   where nobody knows.
    func indexMayLackRecords(_ reason: String, since: UInt64? = nil) {
        if let since { health.suspect(reason, since: since) } else { health.suspect(reason) }
        reconciler.startIfNeeded()
    }

    /// Takes what a probe found: why Redis does not serve, or nil.
    func probed(_ problem: String?) {
        guard problem != probeProblem else { return }
        if let problem {
            engine.log.error(
                "Redis does not serve", metadata: ["side": "\(side.rawValue)", "reason": "\(problem)"])
        } else {
            engine.log.notice("Redis serves", metadata: ["side": "\(side.rawValue)"])
        }
        probeProblem = problem
        conditionChanged()
    }

    /// Why invalidations cannot be done here now; nil when they can.
    public var problem: String? {
        linkProblem ?? probeProblem
            ?? (watch.isReadOnly ? "Redis is a replica and refuses writes" : nil)
    }

    func conditionChanged() {
        onReachable?(problem == nil, problem ?? "")
        engine.metrics.gauge(.upstreamUp, side.rawValue).set(problem == nil ? 1 : 0)
        engine.alertWatch.lookAtSides()
        let reachable = linkProblem == nil && probeProblem == nil
        if isReachable != reachable { reachabilityChanged(reachable) }
    }

    private func reachabilityChanged(_ reachable: Bool) {
        isReachable = reachable
        changedMilliseconds = engine.loop.nowMilliseconds
        guard reachable else { return }
        engine.loop.atTickEnd { [weak self] in
            guard let self else { return }
            scripts.load(on: pool.ownLink(database: 0))
            reconciler.startAgain()
            onModulesChanged?()
            drainKeeper.look()
            engine.becameReachable(side)
        }
    }

    /// Another Redis answers than before: what was learned from the old one is learned again.
    func upstreamReplaced(lastSeen: UInt64) {
        engine.replay(at: side, lastSeen: lastSeen)
        scripts.load(on: pool.ownLink(database: 0))
        onModulesChanged?()
    }

    /// Redis leads its replicas now, or has another history: it may lack what the former one had.
    func historyReplaced(lastSeen: UInt64) { engine.replay(at: side, lastSeen: lastSeen) }

    /// Every link is opened anew, so that it leads to whoever is the master now.
    func masterChanged() {
        pool.renew("the role of Redis has changed")
        onMasterChanged?()
    }

    /// A cascade on this Redis, with the bounds of drains and those given.
    func cascade(
        _ cause: Cause, _ frontier: Frontier, limits: Cascade.Limits? = nil, manner: Manner,
        spreadMilliseconds: Int = 0
    ) -> Cascade {
        let settings = engine.settings
        if case .soften(let milliseconds) = manner { noteSoftening(milliseconds) }
        var limits =
            limits
            ?? Cascade.Limits(depth: 1 << 20, keys: Int.max, stepKeys: settings.cascadeStepKeys)
        limits.batch = settings.drainBatch
        limits.drains = settings.drainLinks
        limits.spreadMilliseconds = spreadMilliseconds
        let cascade = Cascade(
            cause, frontier, conventions: engine.conventions, scripts: scripts, limits: limits,
            manner: settings.mode == .observe ? .look : manner, listsAtMost: settings.auditTargets)
        cascade.beganSuspect = health.isSuspect
        cascade.onVanished = { [weak self, weak cascade] in
            guard let self, let cascade else { return }
            drainVanished(cascade.cause, cascade.indexKeys)
        }
        return cascade
    }

    /// Runs it on links of its own, at the pace that Redis allows.
    func run(_ cascade: Cascade, onEnd: @escaping (Cascade) -> Void) {
        let database = cascade.cause.database
        cascade.run(
            on: pool.ownLink(database: database),
            next: { [pool] in pool.ownLink(database: database) },
            lanes: { [pool] lane in pool.ownLink(database: database, lane: lane) }, pace: pace, onEnd: onEnd)
    }

    /// A drain set was lost with members that were not removed: they are found by their names.
    private func drainVanished(_ cause: Cause, _ indexKeys: [ByteString]) {
        engine.metrics.counter(.drainsVanished).add()
        health.suspect("Redis has lost a drain set")
        reconciler.startIfNeeded()
        let sets = Set(indexKeys.filter { !$0.isEmpty })
        if !sets.isEmpty { engine.enqueue(Work(.scan(sets), cause, parent: nil, side: side)) }
    }

    /// Asks Redis for its commands.
    public func commandTable(_ done: @escaping (ReplyValue) -> Void) {
        pool.ownLink(database: 0).sendOwn(
            ["COMMAND"], OwnReply { if case .success(let value) = $0 { done(value) } })
    }
}
