import Audit
import Bytes
import Metrics
import Naming
import Synchronization

/// Counts what becomes of each rule's firings. Shared by all loops.
public final class RuleTallies: Sendable {
    /// What became of a firing.
    enum Outcome: String, CaseIterable {
        /// The rule was carried out.
        case fired
        /// It is in the queue.
        case deferred
        /// A condition kept it from firing.
        case refused
    }

    /// The numbers of one rule since the start.
    public struct Tally: Sendable {
        public var fired = 0
        public var refused = 0
        /// When it was last carried out, in seconds since 1970; nil when it never was.
        public var lastFired: Int64?
        /// That moment as text: `2026-11-23T11:33:08.000000Z`.
        public var lastFiredText: String? {
            lastFired.map { AuditTime(wallMicroseconds: $0 * 1_000_000, monotonicNanoseconds: 0).text }
        }
        /// Refusals that no audit record tells of yet, and when one did, in nanoseconds since boot.
        fileprivate var untold = 0
        fileprivate var toldNanoseconds: Int64?
        fileprivate var counters: [Outcome: Counter] = [:]
    }

    /// Hot keys may be refused all the time: one record in so many nanoseconds tells of all.
    private static let silenceNanoseconds: Int64 = 60_000_000_000

    private let metrics: MetricsRegistry
    private let tallies = Mutex<[String: Tally]>([:])

    init(metrics: MetricsRegistry) { self.metrics = metrics }

    /// What is known of the rule called `name`.
    public func tally(of name: String) -> Tally { tallies.withLock { $0[name] ?? Tally() } }

    /// Forgets a rule that is no more.
    func forget(_ name: String) { tallies.withLock { $0[name] = nil } }

    func fired(_ rule: Rule) {
        let seconds = AuditTime.now().wallMicroseconds / 1_000_000
        note(rule, .fired) { tally in
            tally.fired += 1
            tally.lastFired = seconds
        }
    }

    func deferred(_ rule: Rule) { note(rule, .deferred) { _ in } }

    /// Counts a refusal; the number of those to be told now, 0 while there was a record lately.
    func refused(_ rule: Rule) -> Int {
        let now = AuditTime.now().monotonicNanoseconds
        var untold = 0
        note(rule, .refused) { tally in
            tally.refused += 1
            tally.untold += 1
            if let told = tally.toldNanoseconds, now - told < Self.silenceNanoseconds { return }
            tally.toldNanoseconds = now
            untold = tally.untold
            tally.untold = 0
        }
        return untold
    }

    private func note(_ rule: Rule, _ outcome: Outcome, _ change: (inout Tally) -> Void) {
        tallies.withLock { tallies in
            change(&tallies[rule.name, default: Tally()])
            if let counter = tallies[rule.name]?.counters[outcome] { return counter.add() }
            let counter = metrics.counter(.ruleFirings, rule.name, outcome.rawValue)
            tallies[rule.name]?.counters[outcome] = counter
            counter.add()
        }
    }
}

extension Reporter {
    /// Counts what became of the rules that a cascade came upon, and tells of refusals.
    func tally(_ cascade: Cascade) {
        for rule in cascade.fired { rules.fired(rule) }
        for firing in cascade.deferred { rules.deferred(firing.rule) }
        for (firing, verdict) in cascade.refusals { refused(firing, verdict, cascade.cause) }
    }

    /// Counts a firing that a condition stopped; the audit tells of the first, and of more once a minute.
    func refused(_ firing: Firing, _ verdict: ConditionVerdict, _ cause: Cause, parent: ULID? = nil) {
        let count = rules.refused(firing.rule)
        guard count > 0 else { return }
        var record = AuditRecord(.cascade, parent: parent)
        record.actor = cause.actor
        record.command = cause.command.text
        record.database = cause.database
        record.key = firing.trigger
        record.outcome = .refused
        record.count = UInt64(count)
        record.cause = "rule '\(firing.rule.name)' did not fire, \(verdict.text)"
        write(record)
    }
}
