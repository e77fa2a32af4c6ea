import Audit
import Metrics
import Synchronization

/// The metrics of cascades of one kind, looked up once.
///
/// A look-up by label values costs more than a cascade of one key.
struct CascadeMetrics: Sendable {
    struct Kind: Equatable, Sendable {
        var side: Side
        var source: Cause.Source
        /// What began it, also where this is another attempt.
        var trigger: Cause.Source
        var subject: Cause.Subject
        var outcome: AuditRecord.Outcome
        var isLookOnly: Bool
    }

    private let ended: Counter
    private let duration: Histogram
    private let invalidationDuration: Histogram
    private let depth: Histogram
    private let reached: Counter
    private let deleted: Counter
    private let invalidations: RatedCounter

    init(_ kind: Kind, _ metrics: MetricsRegistry, cluster: String) {
        let (source, subject, outcome) = (
            kind.source.rawValue, kind.subject.rawValue, kind.outcome.rawValue
        )
        ended = metrics.counter(.cascadesTotal, outcome)
        duration = metrics.histogram(.cascadeDuration)
        invalidationDuration = metrics.histogram(.invalidationDuration, subject, outcome, cluster)
        depth = metrics.histogram(.cascadeDepth, kind.trigger.rawValue)
        reached = metrics.counter(.cascadeKeys, kind.isLookOnly ? "observed" : "reached")
        deleted = metrics.counter(.cascadeKeys, "deleted")
        invalidations = metrics.ratedCounter(
            .invalidationsTotal, rate: .invalidationsPerSecond, subject, source, cluster)
    }

    /// - Parameters:
    ///   - seconds: how long it ran.
    ///   - lateness: how long what it did was owed by then, without what was planned.
    func measure(_ cascade: Cascade, seconds: Double, lateness: Double) {
        ended.add()
        duration.observe(seconds)
        invalidationDuration.observe(lateness)
        count(cascade)
        if cascade.targetCount > 0 { depth.observe(Double(cascade.deepest)) }
    }

    /// Counts the keys that were reached and removed since the last time.
    func count(_ cascade: Cascade) {
        let new = (
            reached: cascade.targetCount - cascade.measured.reached,
            deleted: cascade.deleted - cascade.measured.deleted
        )
        cascade.measured = (cascade.targetCount, cascade.deleted)
        if new.reached > 0 { reached.add(UInt64(new.reached)) }
        guard !cascade.isLookOnly, new.deleted > 0 else { return }
        deleted.add(UInt64(new.deleted))
        invalidations.add(UInt64(new.deleted))
    }
}
