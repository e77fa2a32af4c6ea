public import Alerts
import Audit
import Bytes
public import Config
public import EventLoop
public import Logging
public import Metrics
public import Naming
public import Relay

/// Everything that takes longer than a client should wait, on a loop and links of its own.
///
/// It finishes cascades that met an inline limit or lost their link, looks through all names while the index
/// is suspect, rebuilds the index, sweeps dead members, and carries out what operators ask for. Work that
/// fails is tried again; what fails for good is in the audit.
public final class Engine {
    /// How other threads hand work to the engine.
    public struct Door: Sendable {
        private let mailbox: Mailbox
        private let engine: LoopBound<Engine>

        init(_ engine: Engine) {
            mailbox = engine.loop.mailbox
            self.engine = LoopBound(engine, loop: engine.loop)
        }

        /// Finishes what a cascade left undone; `accepted` is called once a crash cannot lose it any more.
        ///
        /// With `mayComeLate` it is done now and once more a little later: Redis may still be about to run
        /// what it got over a connection that is gone.
        func finish(
            _ cause: Cause, _ frontier: Frontier, parent: ULID?, mayComeLate: Bool = false,
            accepted: (@Sendable () -> Void)? = nil
        ) {
            post { $0.finish(cause, frontier, parent: parent, mayComeLate: mayComeLate, accepted) }
        }

        /// Invalidates every key that belongs to one of the index sets by its name.
        func scan(
            _ cause: Cause, for indexKeys: [ByteString], parent: ULID?,
            accepted: (@Sendable () -> Void)? = nil
        ) {
            var work = Work(.scan(Set(indexKeys)), cause, parent: parent)
            if let accepted { work.onAccepted.append(accepted) }
            post { [work] in $0.enqueue(work) }
        }

        /// Runs `body` with the engine, on its loop.
        public func post(_ body: @escaping @Sendable (Engine) -> Void) {
            mailbox.post { body(engine.value) }
        }
    }

    /// How long Redis is given to run what it got over a connection that is gone.
    static let lateMilliseconds = 1000
    /// Attempts at one piece of work, while Redis refuses it; waiting for Redis to come back is no attempt.
    static let maxAttempts = 5

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
    private var queue: [Work] = []
    private var isWorking = false
    /// Pieces of work that wait for their next attempt.
    private var retrying = 0

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
    }

    public var door: Door { Door(self) }
    /// The Redis that work is owed to.
    func side(_ side: Side) -> EngineSide { primary }
    /// Pieces of work that wait or run.
    public var queueLength: Int { queue.count + (isWorking ? 1 : 0) + retrying }

    /// Begins to watch the upstream, and to rebuild the index if so configured.
    public func start() { primary.start() }

    public func stop() { primary.stop() }

    /// Takes a new configuration. New conventions may need records that were never made.
    public func reconfigure(_ settings: Settings, _ conventions: Conventions) {
        let changed = self.conventions !== conventions
        self.settings = settings
        self.conventions = conventions
        primary.pool.adopt(settings)
        if changed, conventions.usesIndex { primary.conventionsChanged() }
    }

    /// Work that waited for a Redis goes on.
    func becameReachable(_ side: Side) { workOn() }

    // MARK: The queue

    /// Takes over a cascade: what `Door.finish` does, for who is on this loop.
    func finish(
        _ cause: Cause, _ frontier: Frontier, parent: ULID?, mayComeLate: Bool,
        _ accepted: (@Sendable () -> Void)?
    ) {
        var work = Work(.finish(frontier), cause, parent: parent)
        if mayComeLate {
            var again = work
            if let accepted { again.onAccepted = [accepted] }
            work.onAccepted = [later(again)]
        } else if let accepted {
            work.onAccepted = [accepted]
        }
        enqueue(work)
    }

    /// What enqueues the work some time after it was called.
    private func later(_ work: Work) -> @Sendable () -> Void {
        let (mailbox, engine) = (loop.mailbox, LoopBound(self, loop: loop))
        retrying += 1
        return {
            mailbox.post {
                engine.value.loop.timer(afterMilliseconds: Self.lateMilliseconds) { [engine = engine.value] in
                    engine.retrying -= 1
                    engine.enqueue(work)
                }
            }
        }
    }

    func enqueue(_ work: Work) {
        if merge(work) { return }
        guard queue.count + retrying < settings.maxPendingCascades else { return refuse(work) }
        var work = work
        work.enqueuedMilliseconds = loop.nowMilliseconds
        queue.append(work)
        measureQueue()
        workOn()
    }

    /// A scan that has not begun looks for more index sets at no cost.
    private func merge(_ work: Work) -> Bool {
        guard case .scan(let more) = work.task else { return false }
        for index in queue.indices where queue[index].cause.database == work.cause.database {
            guard case .scan(let known) = queue[index].task else { continue }
            queue[index].task = .scan(known.union(more))
            queue[index].onAccepted += work.onAccepted
            return true
        }
        return false
    }

    /// The queue is full: nothing vanishes silently, and a rebuilt index with a scan will be needed to make
    /// up for it.
    private func refuse(_ work: Work) {
        metrics.counter(.limitsHit, "max-pending-cascades").add()
        var record = AuditRecord(.invalidate, parent: work.parent)
        record.actor = work.cause.actor
        record.command = work.cause.command.text
        record.database = work.cause.database
        record.key = work.cause.keys.first
        record.outcome = .failed
        record.error = "the queue is full (max-pending-cascades): what was left of this cascade stays stale"
        reporter.write(record)
        log.error("a cascade was given up: the queue is full", metadata: ["limit": "max-pending-cascades"])
    }

    private func measureQueue() {
        metrics.gauge(.queueItems).set(queueLength)
        metrics.gauge(.queueSize, "pending").set(queue.count)
        metrics.gauge(.queueSize, "processing").set(isWorking ? 1 : 0)
    }

    private func workOn() {
        guard !isWorking, primary.isReachable, !queue.isEmpty else { return }
        isWorking = true
        let work = queue.removeFirst()
        measureQueue()
        switch work.task {
        case .finish(let frontier): run(work, frontier)
        case .scan(let indexKeys):
            let scan = KeyScan(side: side(work.side), database: work.cause.database)
            let conventions = conventions
            scan.run { keys in
                Self.steps(among: keys, in: indexKeys, conventions)
            } onEnd: { [weak self] steps, failure in
                self?.scanEnded(work, steps, failure)
            }
        }
    }

    private func scanEnded(_ work: Work, _ steps: [Frontier.Step], _ failure: String?) {
        if let failure { return workEnded(work, failure: failure, rest: work.task) }
        var frontier = Frontier()
        frontier.steps = steps
        frontier.roots = steps.map { Frontier.Root(key: $0.key, depth: $0.depth) }
        guard !frontier.isEmpty else { return workEnded(work, failure: nil, rest: nil) }
        run(work, frontier)
    }

    /// The keys that belong to one of the index sets by their names.
    private static func steps(
        among keys: [ByteString], in indexKeys: Set<ByteString>, _ conventions: Conventions
    ) -> [Frontier.Step] {
        keys.compactMap { key in
            let facts = conventions.facts(of: key.span)
            guard !facts.isProtected,
                facts.records.contains(where: { $0.member == key && indexKeys.contains($0.indexKey) })
                    || facts.records.contains(where: { isBelow($0.indexKey, indexKeys) })
            else { return nil }
            return Frontier.Step(key: key, depth: 1, parent: "", origin: facts.tags.first?.origin)
        }
    }

    /// Whether the set belongs to a tag below one whose children were asked for.
    private static func isBelow(_ indexKey: ByteString, _ indexKeys: Set<ByteString>) -> Bool {
        guard indexKey.hasPrefix("freshet:sub:") else { return false }
        return indexKeys.contains(indexKey)
    }

    private func run(_ work: Work, _ frontier: Frontier) {
        let side = side(work.side)
        let cascade = Cascade(
            work.cause, frontier, conventions: conventions, scripts: side.scripts,
            limits: Cascade.Limits(depth: 1 << 20, keys: Int.max, stepKeys: settings.cascadeStepKeys),
            manner: settings.mode == .observe ? .look : work.manner, listsAtMost: settings.auditTargets)
        let database = work.cause.database
        cascade.run(
            on: side.pool.ownLink(database: database),
            next: { [pool = side.pool] in pool.ownLink(database: database) }
        ) {
            [weak self] ended in
            guard let self else { return }
            reporter.ended(ended, parent: work.parent)
            var work = work
            if case .failed(let reason) = ended.ending {
                scanIfSuspect(ended, work, accepting: [])
                workEnded(work, failure: reason, rest: .finish(ended.frontier))
            } else {
                if scanIfSuspect(ended, work, accepting: work.onAccepted) { work.onAccepted = [] }
                workEnded(work, failure: nil, rest: nil)
            }
        }
    }

    /// Index sets that may lack members do not tell all: names are looked through as well.
    @discardableResult
    private func scanIfSuspect(
        _ cascade: Cascade, _ work: Work, accepting accepted: [@Sendable () -> Void]
    ) -> Bool {
        var indexKeys = Set(cascade.indexKeys)
        if case .scan(let known) = work.task { indexKeys.subtract(known) }
        guard !cascade.isLookOnly, side(work.side).health.isSuspect, !indexKeys.isEmpty else { return false }
        var scan = Work(.scan(indexKeys), work.cause, parent: work.parent, side: work.side)
        scan.onAccepted = accepted
        enqueue(scan)
        return true
    }

    /// Goes on with the queue; failed work is tried again, later each time.
    private func workEnded(_ work: Work, failure: String?, rest: Work.Task?) {
        isWorking = false
        var work = work
        if failure == nil { work.accept() }
        if let failure, let rest {
            var again = work
            again.task = rest
            let wait = retryWait(failure, &again)
            if let wait {
                metrics.counter(.queueRetries, failure.split(separator: " ").first.map(String.init) ?? "")
                    .add()
                retrying += 1
                loop.timer(afterMilliseconds: wait) { [weak self] in
                    self?.retrying -= 1
                    self?.enqueue(again)
                }
            } else {
                again.accept()
                log.error("an invalidation failed for good", metadata: ["reason": "\(failure)"])
            }
        }
        measureQueue()
        workOn()
    }

    /// How long to wait before the next attempt, in milliseconds; nil when there is to be none.
    ///
    /// Waiting for a Redis that is gone or that says it cannot serve for the time being is no attempt.
    private func retryWait(_ failure: String, _ work: inout Work) -> Int? {
        if failure.hasPrefix("connection lost") { return 50 }
        if failure.hasPrefix("NOPERM") { return nil }
        let isPassing = Self.passingErrors.contains { failure.hasPrefix($0) }
        work.refusals += 1
        if !isPassing { work.attempts += 1 }
        return work.attempts < Self.maxAttempts ? min(1000, 100 << min(work.refusals, 8)) : nil
    }

    /// First words of errors that say nothing about the command, only about the moment.
    private static let passingErrors = [
        "BUSY", "LOADING", "MASTERDOWN", "MISCONF", "NOAUTH", "NOREPLICAS", "OOM", "READONLY", "TRYAGAIN",
        "CLUSTERDOWN", "WRONGPASS",
    ]
}
