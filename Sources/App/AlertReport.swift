import Alerts
import Config
import Logging
import Metrics

/// Turns what happens to alerts into log lines and metrics.
struct AlertReport: Sendable {
    private let log: Logger
    private let metrics: MetricsRegistry

    init(_ log: Logger, _ metrics: MetricsRegistry) {
        self.log = log
        self.metrics = metrics
        for kind in AlertDestination.Kind.allCases { _ = metrics.counter(.alertsSent, kind.rawValue) }
        _ = metrics.counter(.alertsRefused)
    }

    func take(_ event: AlertSender.Event) {
        switch event {
        case .accepted(let destination, let count):
            metrics.counter(.alertsSent, destination.kind.rawValue).add(UInt64(count))
        case .failed(let destination, let failure):
            metrics.counter(.alertFailures, destination.kind.rawValue, failure.reason.rawValue).add()
        case .failing(let destination, let failure, let untold):
            log.warning(
                "alerts cannot be sent; they are sent again",
                metadata: [
                    "target": "\(destination.kind.rawValue) \(destination.name)", "reason": "\(failure)",
                    "unlogged-failures": "\(untold)",
                ])
        case .recovered(let destination):
            log.notice(
                "alerts are sent again",
                metadata: ["target": "\(destination.kind.rawValue) \(destination.name)"])
        case .refused(let alert):
            metrics.counter(.alertsRefused).add()
            log.warning(
                "an alert is not sent: alert-limit is reached", metadata: ["alert": "\(alert.name)"])
        case .firing(let alert): log.warning("an alert fires", metadata: Self.describe(alert))
        case .resolved(let alert): log.notice("an alert is resolved", metadata: Self.describe(alert))
        }
    }

    private static func describe(_ alert: Alert) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "alert": "\(alert.name)", "severity": "\(alert.severity.rawValue)",
            "summary": "\(alert.summary)", "description": "\(alert.description)",
        ]
        for (name, value) in alert.labels { metadata["label-\(name)"] = "\(value)" }
        return metadata
    }
}

extension MetricsRegistry {
    /// Exposes how many alerts of each kind fire.
    func expose(_ alerts: AlertSender) {
        for kind in AlertKind.all {
            callback(.alertsFiring, kind.name) { Double(alerts.firing(kind.name)) }
        }
    }
}
