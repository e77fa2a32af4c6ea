public import Audit
public import Bytes
public import Metrics
import Naming
import Relay
import Synchronization

/// Tells what happened: one audit record and the metrics for each invalidation.
///
/// Shared by all loops; everything in it may be used from any thread.
public final class Reporter: Sendable {
    enum Outcome: String { case changed, unchanged, failed, unknown }

    public let audit: AuditLog?
    /// What became of the rules' firings.
    public let rules: RuleTallies
    private let metrics: MetricsRegistry
    /// What each Redis is called in metrics.
    private let clusters: [Side: String]
    private var cluster: String { clusters[.primary] ?? "" }
    private let user: ByteString
    private let changed, unchanged, failed, unknown: Counter
    private let records: Counter
    /// A few, searched one by one: hashing a kind costs more.
    private let known = Mutex<[(kind: CascadeMetrics.Kind, handles: CascadeMetrics)]>([])

    /// - Parameters:
    ///   - cluster: the name of the upstream in metrics.
    ///   - fallback: that of the fallback; nil where there is none.
    ///   - user: the ACL user with whose rights Freshet's own commands run.
    public init(
        audit: AuditLog?, metrics: MetricsRegistry, cluster: String, fallback: String?, user: ByteString
    ) {
        self.audit = audit
        self.metrics = metrics
        clusters = [.primary: cluster].merging(fallback.map { [.fallback: $0] } ?? [:]) { $1 }
        rules = RuleTallies(metrics: metrics)
        self.user = user
        func counter(_ outcome: Outcome) -> Counter { metrics.counter(.mutationsTotal, outcome.rawValue) }
        changed = counter(.changed)
        unchanged = counter(.unchanged)
        failed = counter(.failed)
        unknown = counter(.unknown)
        records = metrics.counter(.indexRecords)
    }

    func mutated(_ outcome: Outcome) {
        switch outcome {
        case .changed: changed.add()
        case .unchanged: unchanged.add()
        case .failed: failed.add()
        case .unknown: unknown.add()
        }
    }

    func recorded(_ count: Int) {
        if count > 0 { records.add(UInt64(count)) }
    }

    func recordFailed(_ reason: String) {
        metrics.counter(.invalidationFailures, "record", cluster, "").add()
        var record = AuditRecord(.reconcile)
        record.cause = "the index is suspect"
        record.error = reason
        record.outcome = .failed
        write(record)
    }

    func deadlinePassed() { metrics.counter(.limitsHit, "cascade-deadline").add() }

    func flushed(database: Int?, command: ByteString, actor: Actor) {
        var record = AuditRecord(.flush)
        record.actor = AuditActor(actor)
        record.command = command.text
        record.database = database
        record.cause = database == nil ? "every database was emptied" : "the database was emptied"
        record.outcome = .done
        write(record)
    }

    /// Writes that a write's reply never came, so that nobody knows whether it happened.
    func unknown(_ cause: Cause) -> ULID {
        var record = AuditRecord(.cascade)
        record.actor = cause.actor
        record.command = cause.command.text
        record.database = cause.database
        record.key = cause.keys.first
        record.outcome = .unknown
        record.error = "the connection to Redis was lost before the reply came"
        write(record)
        return record.id
    }

    /// Counts what a cascade that goes on has done so far.
    func progressed(_ cascade: Cascade, at side: Side) { handles(kind(cascade, .done, side)).count(cascade) }

    /// Writes the record of a cascade that has ended and returns its name, for records that continue it.
    ///
    /// - Parameter work: the piece of work that it belongs to: what that waited for counts.
    @discardableResult
    func ended(_ cascade: Cascade, parent: ULID? = nil, at side: Side? = nil, of work: Work? = nil) -> ULID? {
        let cause = cascade.cause
        let side = side ?? cause.side
        var record = AuditRecord(
            cause.source == .mutation ? .cascade : .invalidate, at: cascade.started, parent: parent)
        let nanoseconds = AuditTime.now().monotonicNanoseconds &- cascade.started.monotonicNanoseconds
        record.actor = cause.actor
        record.runsAs = user
        record.command = cause.command.text
        record.database = cause.database
        record.key = cause.keys.first
        record.cause = cause.note
        record.side = clusters.count > 1 ? side.rawValue : nil
        record.targets = cascade.targets
        record.targetCount = cascade.targetCount
        record.deleted = cascade.deleted
        if case .soften(let within) = cascade.manner { record.softlyMilliseconds = within }
        let seconds = Double(nanoseconds) / 1e9
        let owed = work.map { Self.seconds(owed: $0, ran: seconds) } ?? seconds
        record.durationMicroseconds = Int(owed * 1e6)
        let (outcome, error) = Self.outcome(of: cascade)
        record.outcome = outcome
        record.error = error
        measure(cascade, outcome, side, seconds: seconds, lateness: owed)
        tally(cascade)
        guard cascade.targetCount > 0 || outcome != .done || cause.source != .mutation || cause.note != nil
        else { return nil }
        write(record)
        return record.id
    }

    private static func outcome(of cascade: Cascade) -> (AuditRecord.Outcome, String?) {
        switch cascade.ending {
        case .failed(let reason): (.failed, reason)
        case .cancelled: (.truncated, "it was stopped; the rest waits in the queue")
        case .truncated: (.truncated, cascade.isLookOnly ? nil : "the rest is finished in the background")
        case .done where cascade.wasRefused, nil where cascade.wasRefused:
            (.refused, "Redis refused the write; what is built from its keys was removed all the same")
        case .done, nil: (cascade.isLookOnly ? .observed : .done, refusal(of: cascade))
        }
    }

    static func refusal(of cascade: Cascade) -> String? {
        guard let first = cascade.refused.first else { return nil }
        return "Redis refuses \(Work.counted(cascade.refused.count, "key")), each is tried again by itself: "
            + first.reason
    }

    /// From the acceptance of the work to its end, without what was planned; a clock that was set back makes
    /// it no less than the cascade itself took.
    private static func seconds(owed work: Work, ran: Double) -> Double {
        let planned = Double(work.spreadMilliseconds) / 1000
        return max(Double(work.lateness(at: Moment(ticks: 0))) / 1000, ran - planned, 0)
    }

    private func kind(
        _ cascade: Cascade, _ outcome: AuditRecord.Outcome, _ side: Side
    ) -> CascadeMetrics.Kind {
        CascadeMetrics.Kind(
            side: side,
            source: cascade.cause.isRetry ? .retry : cascade.cause.source, trigger: cascade.cause.source,
            subject: cascade.cause.subject, outcome: outcome, isLookOnly: cascade.isLookOnly)
    }

    private func measure(
        _ cascade: Cascade, _ outcome: AuditRecord.Outcome, _ side: Side, seconds: Double, lateness: Double
    ) {
        handles(kind(cascade, outcome, side)).measure(cascade, seconds: seconds, lateness: lateness)
        if outcome == .truncated { metrics.counter(.cascadeTruncated).add() }
        guard case .failed(let reason) = cascade.ending else { return }
        let undone = cascade.frontier
        let first = undone.steps.first
        let origin =
            first?.origin ?? first.flatMap { cascade.conventions.derivation(of: $0.key) }
            ?? undone.takes.first?.origin
        metrics.counter(
            .invalidationFailures, RetryPolicy.label(reason), clusters[side] ?? "", origin?.pattern ?? ""
        ).add()
    }

    private func handles(_ kind: CascadeMetrics.Kind) -> CascadeMetrics {
        known.withLock { known in
            for place in known.indices where known[place].kind == kind { return known[place].handles }
            let handles = CascadeMetrics(kind, metrics, cluster: clusters[kind.side] ?? "")
            known.append((kind, handles))
            return handles
        }
    }

    /// Writes that keys were given a time to live.
    func timeToLiveSet(
        _ cause: Cause, milliseconds: Int, targets: [AuditRecord.Target], isLookOnly: Bool, parent: ULID?
    ) {
        let count = targets.count { $0.fate == .done }
        var record = AuditRecord(.invalidate, parent: parent)
        record.actor = cause.actor
        record.runsAs = user
        record.command = cause.command.text
        record.database = cause.database
        record.targets = targets
        record.deleted = count
        record.expiryMilliseconds = milliseconds
        record.cause =
            isLookOnly
            ? "\(count) keys would have been given a time to live" : "\(count) keys were given a time to live"
        record.outcome = isLookOnly ? .observed : .done
        write(record)
    }

    func write(_ record: AuditRecord) { audit?.append(record) }

    /// Whether whoever would owe a record is to wait.
    var isFull: Bool { audit?.isFull ?? false }
}

extension AuditActor {
    init(_ actor: Actor) {
        self.init(
            user: actor.user, address: actor.address, connection: UInt64(actor.connection), name: actor.name,
            library: actor.library)
    }
}
