import Alerts
import Audit
import Bytes
import Logging
import Metrics

extension Engine {
    /// Tells audit, metrics and alerts what the queue did by itself since the last turn.
    func report() {
        let changes = queue.takeReports()
        if let keeper { keeper.accept(changes.accepted) } else { changes.accepted.forEach { $0() } }
        if changes.joined > 0 { metrics.counter(.queueJoined).add(UInt64(changes.joined)) }
        for work in changes.superseded {
            metrics.counter(.queueSuperseded).add()
            var record = record(of: work, .done)
            record.cause = "newer work does what this dead letter could not: it is gone from the queue"
            reporter.write(record)
        }
        for work in changes.dropped {
            metrics.counter(.limitsHit, "dead-letters").add()
            var record = record(of: work, .failed)
            record.error = "the dead-letter queue is full (dead-letters): what was left stays stale"
            reporter.write(record)
            log.error("a dead letter was dropped", metadata: ["limit": "dead-letters"])
        }
        checkOverflow()
        checkDead()
        checkHeld()
    }

    /// A piece has failed for good.
    func reportDead(_ work: Work, _ error: String) {
        var record = record(of: work, .failed)
        record.error =
            "given up after \(work.attempts + 1) attempts, see FRESHET DLQ SHOW \(work.number): \(error)"
        reporter.write(record)
        log.error(
            "an invalidation failed for good",
            metadata: ["id": "\(work.number)", "reason": "\(error)", "side": "\(work.side.rawValue)"])
    }

    /// The breaker has stopped a cascade.
    func reportHeld(_ work: Work, _ error: String) {
        let limit = error.contains("max-depth") ? "max-depth" : "max-fanout"
        metrics.counter(.limitsHit, limit).add()
        if alertedLimits.insert(limit).inserted { alerts.fire(.breakerTripped, labels: ["limit": limit]) }
        var record = record(of: work, .truncated)
        record.error = "\(error): the rest is held, see FRESHET QUEUE SHOW \(work.number)"
        reporter.write(record)
        log.error("a cascade was stopped", metadata: ["id": "\(work.number)", "reason": "\(error)"])
    }

    private func checkDead() {
        let count = queue.counts["dead"] ?? 0
        metrics.gauge(.deadLetters).set(count)
        signs.show(dead: count > 0)
        guard hasAlertedDead != (count > 0) else { return }
        hasAlertedDead = count > 0
        if count > 0 { alerts.fire(.dlqNotEmpty) } else { alerts.resolve(.dlqNotEmpty) }
    }

    /// The alert of a stopped cascade is over when a person has decided about all of them.
    private func checkHeld() {
        guard !alertedLimits.isEmpty, (queue.counts["held"] ?? 0) == 0 else { return }
        for limit in alertedLimits { alerts.resolve(.breakerTripped, labels: ["limit": limit]) }
        alertedLimits = []
    }
}
