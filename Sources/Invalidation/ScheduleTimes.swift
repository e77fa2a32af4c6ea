import Metrics
import Synchronization

/// When schedules run next, for whoever reads metrics on another thread.
final class ScheduleTimes: Sendable {
    private let times = Mutex<[String: Int64]>([:])
    private let metrics: MetricsRegistry

    init(_ metrics: MetricsRegistry) { self.metrics = metrics }

    /// Notes when a schedule is due next, in milliseconds since 1970.
    func note(_ name: String, next: Int64?) {
        times.withLock { $0[name] = next }
        metrics.callback(.scheduleNextRun, name) { [weak self] in
            self?.times.withLock { $0[name] }.map { Double($0) / 1000 }
        }
    }

    /// A schedule that is no longer there has no next run.
    func forget(_ name: String) { times.withLock { $0[name] = nil } }
}
