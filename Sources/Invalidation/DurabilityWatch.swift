public import Alerts
import Audit
public import Logging
public import Metrics
public import Store
import Synchronization

/// Tells log, metrics and whoever is on call when accepted work would not survive a crash.
public final class DurabilityWatch: Sendable {
    private static let logMilliseconds: UInt64 = 60_000

    private let metrics: MetricsRegistry
    private let log: Logger
    private let reporter: Reporter
    private let alerts: any AlertSink
    private let state = Mutex(State())

    private struct State {
        var logged: [String: UInt64] = [:]
        /// Of each part that fails, which workers tell so.
        var failing: [String: Set<Int>] = [:]
    }

    public init(
        metrics: MetricsRegistry, log: Logger, reporter: Reporter, alerts: any AlertSink
    ) {
        self.metrics = metrics
        self.log = log
        self.reporter = reporter
        self.alerts = alerts
    }

    // MARK: What is told

    /// Nothing is kept at all: no state directory can be used.
    public func unavailable(_ reason: String) {
        degraded("state-dir", reason, "set state-dir to a directory that Freshet may write, or to off")
    }

    func intents(_ event: IntentJournal.Event, worker: Int) {
        switch event {
        case .failed(let reason):
            degraded(
                "intents", reason,
                "writes go on, but what they owe would be lost if Freshet were killed now: make room",
                worker: worker)
        case .recovered: recovered("intents", worker: worker)
        }
    }

    /// Takes an event of the store.
    public func store(_ event: ItemStore.Event) {
        switch event {
        case .waiting(let owner):
            log.notice(
                "another process owns the state directory; the queue is in memory until it ends",
                metadata: ["pid": "\(owner.map(String.init) ?? "unknown")"])
        case .owned, .hasRoom: break
        case .opened(let items):
            log.info("the queue's file is open", metadata: ["items": "\(items)"])
        case .setAside(let path, let reason, let rescued, let lost): setAside(path, reason, rescued, lost)
        case .failed(let reason):
            degraded(
                "queue", reason,
                "work is accepted, but would be lost if Freshet were killed now: make room")
        case .recovered: recovered("queue")
        }
    }

    private func setAside(_ path: String, _ reason: String, _ rescued: Int, _ lost: Int?) {
        let losses = lost.map { "\($0) are lost" } ?? "how many are lost nobody knows"
        log.error(
            "the queue's file was damaged and is set aside, and what could be read of it was kept",
            metadata: [
                "file": "\(path)", "reason": "\(reason)", "rescued": "\(rescued)",
                "lost": "\(lost.map(String.init) ?? "unknown")",
            ])
        var record = AuditRecord(.repair)
        record.cause = "the queue's file was set aside as \(path): \(losses)"
        record.count = UInt64(rescued)
        record.error = reason
        reporter.write(record)
        alerts.happened(.queueDamaged, detail: "\(path): \(reason); \(rescued) items were rescued, \(losses)")
    }

    /// Files of a dead process were found.
    func adopted(intents: Int, damagedBytes: Int, problems: [String]) {
        if intents > 0 || damagedBytes > 0 {
            log.notice(
                "finishing what a process that was killed has left",
                metadata: ["intents": "\(intents)", "damaged-bytes": "\(damagedBytes)"])
            var record = AuditRecord(.recover)
            record.cause = "a process ended without an orderly stop"
            record.count = UInt64(intents)
            if damagedBytes > 0 { record.error = "\(damagedBytes) bytes of its journal cannot be read" }
            record.outcome = damagedBytes > 0 ? .truncated : .done
            reporter.write(record)
        }
        for problem in problems where mayLog("adoption") {
            log.warning("a journal cannot be read", metadata: ["reason": "\(problem)"])
        }
    }

    // MARK: How it is told

    private func degraded(_ part: String, _ reason: String, _ advice: String, worker: Int = 0) {
        state.withLock { _ = $0.failing[part, default: []].insert(worker) }
        metrics.gauge(.durabilityDegraded, part).set(1)
        if mayLog(part) {
            log.error(
                "durability is degraded: \(advice)", metadata: ["part": "\(part)", "reason": "\(reason)"])
        }
        alerts.fire(.durabilityDegraded, labels: ["part": part], detail: "\(reason). \(advice)")
    }

    private func recovered(_ part: String, worker: Int = 0) {
        let isLast = state.withLock { state in
            guard state.failing[part]?.remove(worker) != nil else { return false }
            return state.failing[part]?.isEmpty ?? true
        }
        guard isLast else { return }
        metrics.gauge(.durabilityDegraded, part).set(0)
        log.notice("what is accepted survives a crash again", metadata: ["part": "\(part)"])
        alerts.resolve(.durabilityDegraded, labels: ["part": part])
    }

    private func mayLog(_ part: String) -> Bool {
        let now = UInt64(max(0, AuditTime.now().monotonicNanoseconds / 1_000_000))
        return state.withLock { state in
            if let last = state.logged[part], now &- last < Self.logMilliseconds { return false }
            state.logged[part] = now
            return true
        }
    }
}
