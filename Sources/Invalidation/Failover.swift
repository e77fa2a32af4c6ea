import Alerts
import Audit
import Bytes
import Config
import EventLoop
import Logging
import Metrics
import Relay

/// Moves applications to the fallback when the primary is away, and back when it has been well for a while.
///
///     serving ─ away for failover-after ─► leave (commands wait) ─ quiet ─► confirm ─► serve from the other
///        ▲                                                          └── not within failover-pause ──┐
///        └──────────────────────────────────────────────────────────────────────────────────────────┘
///
/// Applications go to a Redis only when everything that it is owed has been done there: what they changed at
/// the other one, and its late writes. On the engine's loop.
public final class Failover {
    /// What is to be known of it from outside.
    public struct State: Sendable, Equatable {
        public var serving = Side.primary
        public var isMoving = false
        /// How long the primary must have been well before applications go back to it.
        public var failbackMilliseconds = 0
        /// Pieces of work that each Redis is owed.
        public var owed: [Side: Int] = [:]

        public init() {}
    }

    private struct Condition {
        var isWell = false
        var sinceMilliseconds: UInt64 = 0
    }

    private static let intervalMilliseconds = 25
    /// With more to do first, applications are not made to wait for it.
    private static let readyWork = 64

    public private(set) var state = State()
    /// Told when something of `state` has changed.
    public var onChange: ((State) -> Void)?
    private unowned let engine: Engine
    private var conditions: [Side: Condition] = [:]
    private var late: [Side: LateWrites] = [:]
    /// Numbers the attempts, so that what comes late is not taken for the present one's.
    private var attempt = 0
    private var attemptedMilliseconds: UInt64 = 0
    private var restsUntil: UInt64 = 0
    private var abandoned = 0
    private var returnedMilliseconds: UInt64?
    private var failbackWait = 0

    init(engine: Engine) { self.engine = engine }

    private var settings: Settings { engine.settings }
    private var now: UInt64 { engine.loop.nowMilliseconds }
    /// Whether applications may be moved at all.
    var isOn: Bool { settings.failover != .off && settings.mode == .enforce }
    private var refusesWrites: Bool { settings.failover == .reads }

    func start() {
        failbackWait = settings.failbackAfter.minimum.milliseconds
        for side in Side.allCases { conditions[side] = Condition(sinceMilliseconds: now) }
        publish()
        engine.loop.timer(
            afterMilliseconds: Self.intervalMilliseconds, everyMilliseconds: Self.intervalMilliseconds
        ) { [weak self] in self?.look() }
    }

    /// Remembers keys that a Redis may yet change without anybody being told.
    func noteLate(_ keys: Set<ByteString>, _ database: Int, at side: Side) {
        guard isOn else { return }
        late[side, default: LateWrites()].note(keys, database, limit: settings.mirrorKeys, now: now)
    }

    // MARK: Deciding

    private func look() {
        for side in Side.allCases where conditions[side]?.isWell != canServe(side) {
            conditions[side] = Condition(isWell: canServe(side), sinceMilliseconds: now)
        }
        forgetLate()
        publish()
        guard isOn, engine.crew != nil, !state.isMoving, now >= restsUntil else { return }
        let other = state.serving.other
        guard isTime(for: other), owed(to: other) <= Self.readyWork else { return }
        move(to: other)
    }

    private func canServe(_ side: Side) -> Bool {
        let redis = engine.side(side)
        return redis.isReachable && !(settings.failover == .all && redis.watch.isReadOnly)
    }

    private func isTime(for other: Side) -> Bool {
        guard let here = conditions[state.serving], let there = conditions[other], there.isWell else {
            return false
        }
        let patience = settings.failoverAfter.milliseconds
        let isAway = !here.isWell && now - here.sinceMilliseconds >= UInt64(patience)
        if other == .fallback { return isAway }
        let wait = isAway ? min(patience, failbackWait) : failbackWait
        return now - there.sinceMilliseconds >= UInt64(wait)
    }

    private func owed(to side: Side) -> Int {
        engine.owed(to: side) + (engine.mirror?.gathered(for: side) ?? 0)
    }

    /// A Redis that has answered for some seconds has read all that it was sent before.
    private func forgetLate() {
        guard let writes = late[state.serving], let condition = conditions[state.serving], !state.isMoving,
            condition.isWell, now - max(condition.sinceMilliseconds, writes.notedMilliseconds) > 5000
        else { return }
        late[state.serving] = nil
    }

    // MARK: Moving

    private func move(to target: Side) {
        attempt += 1
        attemptedMilliseconds = now
        state.isMoving = true
        publish()
        let (attempt, pause) = (attempt, settings.failoverPause.milliseconds)
        let isAway = conditions[state.serving]?.isWell != true
        engine.crew?.leave(
            "applications are moved to the \(target.rawValue)", patienceMilliseconds: isAway ? 0 : pause / 2,
            refusingWrites: refusesWrites
        ) { [weak self] in self?.becameQuiet(target, attempt) }
        engine.loop.timer(afterMilliseconds: pause) { [weak self] in self?.abandon(target, attempt) }
    }

    private func isCurrent(_ attempt: Int) -> Bool { state.isMoving && attempt == self.attempt }

    /// No loop waits for anything from the Redis that is left: nothing more can change there, but late.
    private func becameQuiet(_ target: Side, _ attempt: Int) {
        guard isCurrent(attempt) else { return }
        guard let writes = late[target], !writes.isEmpty else { return confirm(target, attempt) }
        Fence(engine.side(target), pendingBytes: settings.clientPipelineLimit) { [weak self] in
            guard let self, isCurrent(attempt) else { return }
            engine.mirror?.remove(writes, at: target)
            confirm(target, attempt)
        }.run()
    }

    /// Waits until everything that the Redis is owed has been done.
    private func confirm(_ target: Side, _ attempt: Int) {
        guard isCurrent(attempt) else { return }
        engine.mirror?.flush(target)
        if owed(to: target) == 0, canServe(target) { return moved(to: target) }
        engine.loop.timer(afterMilliseconds: 2) { [weak self] in self?.confirm(target, attempt) }
    }

    private func moved(to target: Side) {
        late[target] = nil
        abandoned = 0
        state.serving = target
        state.isMoving = false
        noteFlapping(target)
        engine.crew?.serve(from: target, refusingWrites: target == .fallback && refusesWrites)
        report(.done, target)
        publish()
    }

    /// Who goes away again soon after coming back is trusted later the next time.
    private func noteFlapping(_ target: Side) {
        let wait = settings.failbackAfter
        if target == .primary {
            returnedMilliseconds = now
        } else if let returnedMilliseconds,
            now - returnedMilliseconds < UInt64(wait.maximum.milliseconds)
        {
            failbackWait = min(max(failbackWait, 1) * 2, wait.maximum.milliseconds)
        } else {
            failbackWait = wait.minimum.milliseconds
        }
    }

    private func abandon(_ target: Side, _ attempt: Int) {
        guard isCurrent(attempt) else { return }
        state.isMoving = false
        abandoned += 1
        restsUntil = now + UInt64(min(30_000, 500 << min(abandoned, 6)))
        engine.metrics.counter(.limitsHit, "failover-pause").add()
        engine.crew?.serve(
            from: state.serving, refusingWrites: state.serving == .fallback && refusesWrites)
        report(.failed, target)
        publish()
    }

    // MARK: Telling

    private func report(_ outcome: AuditRecord.Outcome, _ target: Side) {
        let isDone = outcome == .done
        var record = AuditRecord(.failover)
        record.cause = "applications are moved to the \(target.rawValue)"
        record.outcome = outcome
        let owed = owed(to: target)
        record.error = isDone ? nil : "\(owed) pieces of work were still owed to it after failover-pause"
        record.durationMicroseconds = Int(now - attemptedMilliseconds) * 1000
        engine.reporter.write(record)
        engine.metrics.counter(.failovers, target.rawValue, isDone ? "done" : "abandoned").add()
        engine.metrics.histogram(.failoverPause).observe(Double(now - attemptedMilliseconds) / 1000)
        if isDone {
            engine.log.warning(
                "applications are served by another Redis", metadata: ["side": "\(target.rawValue)"])
        } else {
            engine.log.error(
                "applications could not be moved within failover-pause",
                metadata: ["side": "\(target.rawValue)", "owed": "\(owed)"])
        }
        engine.alerts.set(
            .failedOver, state.serving == .fallback,
            detail: "The primary: \(engine.primary.problem ?? "reachable, but not for long enough")")
    }

    private func publish() {
        state.failbackMilliseconds = failbackWait
        for side in Side.allCases {
            state.owed[side] = owed(to: side)
            engine.metrics.gauge(.serving, side.rawValue).set(state.serving == side ? 1 : 0)
        }
        if state != published {
            published = state
            onChange?(state)
        }
    }

    private var published: State?
}
