import Alerts
import Audit
import Config
import EventLoop
import Metrics
import Naming

/// Looks at what operators should know of, and has it fire or be resolved.
///
/// What comes and goes is smoothed by whoever sends the alerts; here only what is so at the moment is told.
final class AlertWatch {
    private static let intervalMilliseconds = 500
    private unowned let engine: Engine
    private var auditErrors: UInt64 = 0
    private var auditLosses: UInt64 = 0

    init(engine: Engine) { self.engine = engine }

    func start() {
        engine.loop.timer(afterMilliseconds: Self.intervalMilliseconds) { [weak self] in
            self?.lookAtSides()
            self?.lookAtAudit()
            self?.lookAtQueue()
            self?.lookAtPauses()
            self?.start()
        }
    }

    func lookAtSides() {
        let sides = engine.sides
        let alerts = engine.alerts
        for side in sides {
            let labels = ["side": side.side.rawValue]
            let problem = side.problem
            alerts.set(.upstreamDown, problem != nil, labels: labels, detail: problem ?? "")
            alerts.set(
                .upstreamAuthFailing, problem.map(Self.concernsCredentials) ?? false, labels: labels,
                detail: problem ?? "")
            alerts.set(
                .indexSuspect, engine.conventions.usesIndex && side.health.isSuspect, labels: labels,
                detail: side.health.reason)
            alerts.set(.sweepBehind, side.sweeper.isBehind, labels: labels)
        }
        alerts.set(
            .noUpstream, sides.allSatisfy { $0.problem != nil },
            detail: sides.first?.problem ?? "")
    }

    /// Whether Redis answers, but not to somebody with this user and password.
    private static func concernsCredentials(_ problem: String) -> Bool {
        ["NOAUTH", "WRONGPASS", "NOPERM", "invalid password"].contains { problem.contains($0) }
    }

    private func lookAtAudit() {
        guard let audit = engine.reporter.audit else { return }
        let (errors, losses) = (audit.errors, audit.dropped)
        if errors > auditErrors {
            engine.alerts.happened(.auditFailing, detail: audit.lastError.map { "\($0)" } ?? "")
        }
        if losses > auditLosses {
            engine.alerts.happened(.auditGap, detail: "\(losses) records were lost since the start")
        }
        (auditErrors, auditLosses) = (errors, losses)
    }

    private func lookAtPauses() {
        let pauses = engine.pauses
        engine.alerts.set(.paused, !pauses.isNone, detail: "Paused: \(pauses.text ?? "nothing")")
    }

    /// Work that has been due for long, and still is: what waits for its time or for a person does not count.
    private func lookAtQueue() {
        let now = engine.loop.nowMilliseconds
        var oldest: UInt64 = 0
        for item in engine.queue.items.values where item.phase == .ready || item.phase == .running {
            oldest = max(oldest, now > item.since ? now - item.since : 0)
        }
        engine.metrics.gauge(.queueOldestAge).set(Double(oldest) / 1000)
        let limit = UInt64(max(0, engine.settings.alertGrace.milliseconds)) * 60
        engine.alerts.set(
            .queueGrowing, oldest > max(limit, 1000),
            detail: "The oldest work has been due for \(oldest / 1000) s")
    }
}
