import Alerts
import Audit
import EventLoop
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
            self?.start()
        }
    }

    func lookAtSides() {
        let sides = [engine.primary!]
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
}
