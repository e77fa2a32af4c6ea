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
    let scripts = ScriptCache()
    /// Whether the index of this Redis can be trusted.
    public let health: IndexHealth
    private(set) var isReachable = false
    /// Why Redis cannot be reached; nil when it can.
    private var linkProblem: String? = "not connected yet"
    /// Why Redis, which can be reached, does not serve; nil when it does.
    private var probeProblem: String?
    lazy var reconciler = Reconciler(side: self)
    lazy var sweeper = Sweeper(side: self)
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
    }

    func start() {
        pool.onReachable = { [weak self] reachable, reason in
            self?.linkProblem = reachable ? nil : reason
            self?.conditionChanged()
        }
        if engine.settings.reconcileOnStart, engine.conventions.usesIndex {
            health.suspect("not yet compared with the keys in Redis")
        }
        watch.start()
        sweeper.start()
    }

    func stop() {
        reconciler.stop()
        pool.stop()
    }

    /// New conventions may need records that were never made.
    func conventionsChanged() { indexMayLackRecords("the conventions have changed") }

    /// The index is rebuilt, and not trusted until then.
    func indexMayLackRecords(_ reason: String) {
        health.suspect(reason)
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

    private func conditionChanged() {
        let problem = linkProblem ?? probeProblem
        onReachable?(problem == nil, problem ?? "")
        if isReachable != (problem == nil) { reachabilityChanged(problem == nil) }
    }

    private func reachabilityChanged(_ reachable: Bool) {
        isReachable = reachable
        engine.metrics.gauge(.upstreamUp, side.rawValue).set(reachable ? 1 : 0)
        guard reachable else { return }
        engine.loop.atTickEnd { [weak self] in
            guard let self else { return }
            scripts.load(on: pool.ownLink(database: 0))
            reconciler.startIfNeeded()
            onModulesChanged?()
            engine.becameReachable(side)
        }
    }

    /// Another Redis answers than before: what was learned from the old one is learned again.
    func upstreamReplaced() {
        scripts.load(on: pool.ownLink(database: 0))
        onModulesChanged?()
    }

    /// Every link is opened anew, so that it leads to whoever is the master now.
    func masterChanged() {
        pool.renew("the role of Redis has changed")
        onMasterChanged?()
    }

    /// Asks Redis for its commands.
    public func commandTable(_ done: @escaping (ReplyValue) -> Void) {
        pool.ownLink(database: 0).sendOwn(
            ["COMMAND"], OwnReply { if case .success(let value) = $0 { done(value) } })
    }
}
