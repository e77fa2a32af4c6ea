import Alerts
import Audit
import Bytes
import Logging
import Metrics

extension Engine {
    /// Puts wider work in the place of a piece for which there is no room.
    ///
    /// There is at most one wider piece of each level and kin; where one level has become too large, the next
    /// takes over, and the last one takes anything.
    ///
    /// What somebody asks for is not widened, for nothing that is known to cover it does no more than that:
    /// it has a little room of its own.
    ///
    /// - Returns: the number of the piece where it was taken as it is.
    func widen(_ work: Work, _ ended: ((String?) -> Void)?) -> Int64? {
        if case .request = work.task, queue.total < queue.limits.total + queue.limits.dead,
            case .new(let number) = queue.accept(work, at: moment, isForced: true)
        {
            metrics.counter(.limitsHit, "queue-items").add()
            wait(for: number, ended)
            return number
        }
        let widening = Widening(conventions: conventions)
        for level in Widening.Level.allCases {
            let wider = widening.cover(work, level)
            // The last level is taken beside one that cannot be joined now, because it waits for a retry.
            let joinsOnly = level != .everything && queue.waits(wider.names)
            switch joinsOnly
                ? queue.joinOnly(wider, at: moment) : queue.accept(wider, at: moment, isForced: true)
            {
            case .new(let number), .joined(let number), .outside(let number):
                wait(for: number, ended)
                widened(work, level)
                return nil
            case .full: continue
            }
        }
        return nil
    }

    /// Has series that alerts look at exist before the first event: what begins with a one has not increased.
    func announceCounters() {
        for level in Widening.Level.allCases { metrics.counter(.queueWidened, level.rawValue).add(0) }
        for limit in ["queue-items", "max-fanout", "max-depth", "dead-letters", "cascade-deadline"] {
            metrics.counter(.limitsHit, limit).add(0)
        }
        metrics.gauge(.queuePaused).set(0)
        metrics.gauge(.pausedRules).set(0)
    }

    private func widened(_ work: Work, _ level: Widening.Level) {
        metrics.counter(.limitsHit, "queue-items").add()
        metrics.counter(.queueWidened, level.rawValue).add()
        var record = record(of: work, .truncated)
        let what =
            switch level {
            case .tags: "the tags of its keys are invalidated instead"
            case .parents: "the tags above its tags are invalidated instead"
            case .everything: "every key that a convention can make stale is invalidated instead"
            }
        record.error = "the queue is full (queue-items): \(what)"
        reporter.write(record)
        guard !isOverflowing else { return }
        isOverflowing = true
        log.error("the queue is full: work is widened", metadata: ["limit": "queue-items"])
        alerts.fire(.queueWidened)
    }

    /// The alert is over once the queue is half empty.
    func checkOverflow() {
        guard isOverflowing, queue.total < queue.limits.total / 2 else { return }
        isOverflowing = false
        alerts.resolve(.queueWidened)
    }

    /// A record about `work`, with its cause.
    func record(of work: Work, _ outcome: AuditRecord.Outcome) -> AuditRecord {
        var record = AuditRecord(.queue, parent: work.parent)
        record.actor = work.cause.actor
        record.command = work.cause.command.text
        record.database = work.cause.database
        record.key = work.cause.keys.first
        record.cause = work.cause.note
        record.outcome = outcome
        return record
    }
}
