public import Alerts
import Audit
import Bytes
public import Config
public import EventLoop
public import Logging
public import Metrics
public import Naming
public import Relay
public import Store

/// Everything that takes longer than a client should wait, on a loop and links of its own.
///
/// It finishes cascades that met an inline limit or lost their link, looks through all names while the index
/// is suspect, rebuilds the index, sweeps dead members, and carries out what operators ask for. What it owes
/// is in its `WorkQueue`; a `WorkRunner` carries out a piece of it.
public final class Engine {
    /// How long Redis is given to run what it got over a connection that is gone.
    static let lateMilliseconds = 1000

    public let loop: EventLoop
    public let reporter: Reporter
    /// The Redis that `upstream` names; set once, when the engine is made.
    public private(set) var primary: EngineSide!
    /// The Redis that `fallback` names; nil where there is none.
    public private(set) var fallback: EngineSide?
    /// Tells each Redis what was changed at the other; nil where there is only one.
    private(set) var mirror: Mirror?
    /// Moves applications to the Redis that serves; nil where there is only one.
    public private(set) var failover: Failover?
    /// The loops that serve applications; set before the start.
    public var crew: (any ServingCrew)?
    /// Whether what processes that were killed have left may not all be in the queue yet.
    var recoveryIsDue = false
    /// Stored pieces that cannot be read, and in whose place nothing could be queued yet.
    var uncovered = 0
    private(set) var asked = RecentWork()
    /// Index sets that cascades of this loop have relied on.
    var consulted = ConsultedSets()
    public private(set) var settings: Settings
    public private(set) var conventions: Conventions
    let metrics: MetricsRegistry
    let log: Logger
    /// Where what a person should look at goes; any thread may use it.
    public var alerts: any AlertSink = NoAlerts()
    private(set) lazy var alertWatch = AlertWatch(engine: self)
    let signs = QueueSigns()
    var queue = WorkQueue()
    /// Runs what is due at fixed times.
    private(set) lazy var schedules = ScheduleRunner(engine: self)
    /// Where firings of rules become work.
    var desk = FiringDesk()
    /// Changes rules while the proxy runs; set once, before the first request for it.
    public var rules: RuleService?
    /// What carries out the pieces that run, by number.
    var runners: [Int64: WorkRunner] = [:]
    /// Who waits for the end of a piece, by its number.
    var waiters: [Int64: [(String?) -> Void]] = [:]
    var keeper: WorkKeeper?
    /// Set while everything is paused; nil where nothing outlives the process.
    var pauseMark: StateMark?
    /// Pieces that are to be forgotten as soon as they have stopped.
    var cancelled: Set<Int64> = []
    /// What was reached by pieces for whose end somebody waits, by number.
    var outcomes: [Int64: CacheInvalidator.Outcome] = [:]
    /// The same of those that have ended lately.
    var endedLately: [(number: Int64, outcome: CacheInvalidator.Outcome)] = []
    var isOverflowing = false
    var hasAlertedDead = false
    /// Limits of the breaker whose alert fires.
    var alertedLimits: Set<String> = []
    /// Told whenever something is paused or let go on.
    public var onPauses: ((Pauses) -> Void)?
    var wakeTimer: LoopTimer?
    var isTurning = false
    /// Whether work waits until the audit takes records again.
    var waitsForAudit = false
    var random = SystemRandomNumberGenerator()

    public init(
        loop: EventLoop, settings: Settings, conventions: Conventions, reporter: Reporter,
        health: IndexHealth, fallbackHealth: IndexHealth = IndexHealth(),
        metrics: MetricsRegistry, log: Logger, board: Noticeboard = Noticeboard()
    ) {
        self.loop = loop
        self.settings = settings
        self.conventions = conventions
        self.reporter = reporter
        self.metrics = metrics
        self.log = log
        primary = makeSide(.primary, health, board)
        queue.limits = limits
        announceCounters()
        guard settings.fallback != nil else { return }
        fallback = makeSide(.fallback, fallbackHealth, board)
        mirror = Mirror(engine: self)
        failover = Failover(engine: self)
    }

    private func makeSide(_ side: Side, _ health: IndexHealth, _ board: Noticeboard) -> EngineSide {
        let pool = LinkPool(
            loop: loop, settings: settings, tally: Tally(commandCount: 0), log: log, board: board,
            role: .engine, destination: Destination(side.place, settings))
        // Before the first client: a cascade of a worker that trusted it now could leave keys stale.
        if settings.reconcileOnStart, conventions.usesIndex {
            health.suspect("not yet compared with the keys in Redis")
        }
        return EngineSide(side, engine: self, pool: pool, health: health)
    }

    public var door: Door { Door(self) }
    /// The Redis that work is owed to.
    func side(_ side: Side) -> EngineSide { side == .fallback ? fallback ?? primary : primary }
    /// Every Redis that work may be owed to.
    public var sides: [EngineSide] { [primary] + (fallback.map { [$0] } ?? []) }

    /// Begins to watch the upstream, and to rebuild the index if so configured.
    public func start() {
        for side in sides { side.start() }
        failover?.start()
        alertWatch.start()
        schedules.adopt(conventions.schedules)
    }

    /// Keeps the queue in a store from now on; whoever opened it tells of its events.
    ///
    /// - Parameter mark: says whether everything was paused; cascades of writes cannot wait for the store.
    public func keepQueue(in store: ItemStore, pausedBy mark: StateMark) {
        keeper = WorkKeeper(store, engine: self)
        queue.isUnread = true
        pauseMark = mark
        if mark.isSet { wasPaused() }
    }

    /// Takes what became of the store.
    public func storeHappened(_ event: ItemStore.Event) { keeper?.happened(event) }

    public func stop() {
        schedules.stop()
        for side in sides { side.stop() }
        keeper?.stop()
    }

    /// Takes a new configuration. New conventions may need records that were never made.
    public func reconfigure(_ settings: Settings, _ conventions: Conventions) {
        let hasChanged = conventions !== self.conventions
        let recordsMore = conventions.recordsMore(than: self.conventions)
        self.settings = settings
        self.conventions = conventions
        queue.limits = limits
        for side in sides {
            side.pool.adopt(settings)
            if recordsMore { side.conventionsChanged() }
        }
        if hasChanged { schedules.adopt(conventions.schedules) }
        turn()
    }

    /// Whether everything that is owed is known, and not still being read from the store.
    var isQueueKnown: Bool { (keeper?.isKnown ?? true) && !recoveryIsDue && uncovered == 0 }

    /// What a process that was killed may have owed the other Redis for keys that it wrote: which of them it
    /// wrote to is not known any more.
    func copies(of keys: [ByteString], _ database: Int) -> [Work] {
        guard fallback != nil else { return [] }
        let sides: [Side] = settings.failover == .all ? [.fallback, .primary] : [.fallback]
        return sides.map { Mirror.work(keys[...], database, $0) }
    }

    /// Pieces of work that one Redis is owed by now.
    func owed(to side: Side) -> Int { queue.owed(to: side) }

    func measureIndex() {
        metrics.gauge(.indexSuspect).set(sides.contains(where: \.health.isSuspect) ? 1 : 0)
    }

    /// Work that waited for a Redis goes on.
    func becameReachable(_ side: Side) {
        mirror?.becameReachable(side)
        turn()
        schedules.tick()
    }

    /// Takes work that is owed to every Redis, such as what an operator asked for.
    ///
    /// - Returns: the number of the piece at its own Redis; nil where it was widened.
    @discardableResult
    func enqueueEverywhere(_ work: Work, ended: ((String?) -> Void)? = nil) -> Int64? {
        asked.note(work, now: loop.nowMilliseconds, settings)
        var work = work
        for side in sides where side.side != work.side {
            var copy = work
            copy.side = side.side
            copy.onAccepted = work.sharedAcceptance().map { [$0] } ?? []
            enqueue(copy)
        }
        return enqueue(work, ended: ended)
    }
}
