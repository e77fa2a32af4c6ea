public import Alerts
import Audit
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
    /// What carries out the pieces that run, by number.
    var runners: [Int64: WorkRunner] = [:]
    /// Who waits for the end of a piece, by its number.
    var waiters: [Int64: [(String?) -> Void]] = [:]
    var keeper: WorkKeeper?
    /// Pieces that are to be forgotten as soon as they have stopped.
    var cancelled: Set<Int64> = []
    /// What was reached by pieces for whose end somebody waits, by number.
    var outcomes: [Int64: CacheInvalidator.Outcome] = [:]
    var isOverflowing = false
    var hasAlertedDead = false
    /// Limits of the breaker whose alert fires.
    var alertedLimits: Set<String> = []
    var wakeTimer: LoopTimer?
    var isTurning = false
    var random = SystemRandomNumberGenerator()

    public init(
        loop: EventLoop, settings: Settings, conventions: Conventions, reporter: Reporter,
        health: IndexHealth,
        metrics: MetricsRegistry, log: Logger, board: Noticeboard = Noticeboard()
    ) {
        self.loop = loop
        self.settings = settings
        self.conventions = conventions
        self.reporter = reporter
        self.metrics = metrics
        self.log = log
        let pool = LinkPool(
            loop: loop, settings: settings, tally: Tally(commandCount: 0), log: log, board: board,
            role: .engine)
        primary = EngineSide(.primary, engine: self, pool: pool, health: health)
        queue.limits = limits
    }

    public var door: Door { Door(self) }
    /// The Redis that work is owed to.
    func side(_ side: Side) -> EngineSide { primary }

    /// Begins to watch the upstream, and to rebuild the index if so configured.
    public func start() {
        primary.start()
        alertWatch.start()
        schedules.adopt(conventions.schedules)
    }

    /// Keeps the queue in a store from now on; it is opened in the background.
    public func keepQueue(in options: ItemStore.Options) { keeper = WorkKeeper(options, engine: self) }

    public func stop() {
        schedules.stop()
        primary.stop()
        keeper?.stop()
    }

    /// Takes a new configuration. New conventions may need records that were never made.
    public func reconfigure(_ settings: Settings, _ conventions: Conventions) {
        let changed = self.conventions !== conventions
        self.settings = settings
        self.conventions = conventions
        queue.limits = limits
        primary.pool.adopt(settings)
        if changed, conventions.usesIndex { primary.conventionsChanged() }
        if changed { schedules.adopt(conventions.schedules) }
        turn()
    }

    /// Work that waited for a Redis goes on.
    func becameReachable(_ side: Side) {
        turn()
        schedules.tick()
    }
}
