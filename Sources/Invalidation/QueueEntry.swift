import Audit
public import Bytes

/// A piece of work as operators see it.
public struct QueueEntry: Sendable {
    public var id: Int64
    public var ageSeconds: Double
    /// In a few words, without any key's name.
    public var what: String
    /// The words of the metric `cache_invalidation_queue_size`.
    public var state: String
    public var side: String
    public var rule: String?
    /// Keys reached since it began.
    public var done: Int
    /// Keys that it will be, where that is known.
    public var total: Int?
    /// Keys a second since it began; nil while it does not run.
    public var rate: Double?
    /// Seconds until it is done at that rate; nil where that is not known.
    public var etaSeconds: Double?
    /// Seconds until it may run; 0 where that is now.
    public var dueInSeconds: Double
    public var attempts: Int
    public var error: String?
    /// Who did what to which keys.
    public var command: ByteString
    public var keys: [ByteString]
    public var database: Int
    public var actor: String?
    /// The audit record that it continues.
    public var parent: String?
    /// Keys and index sets that it names.
    public var targets: [ByteString]
    /// Pieces of work that were joined to it.
    public var merged: Int
    /// Whether FRESHET PAUSE holds it.
    public var isHeldByBrake = false
}

extension QueueEntry {
    /// What `targets` lists at most.
    static let listedTargets = 100

    init(_ work: Work, state: String, at now: Moment, until: UInt64?, runner: WorkRunner?) {
        id = work.number
        ageSeconds = max(0, Double(now.wall - work.accepted) / 1000)
        what = work.what
        self.state = state
        side = work.side.rawValue
        rule = work.rule
        let progress = runner?.progress
        done = progress?.done ?? 0
        total = progress?.expected
        if let runner {
            let seconds = Double(now.ticks &- runner.startedMilliseconds) / 1000
            rate = seconds > 0 ? Double(done) / seconds : 0
        }
        if let total, let rate, rate > 0 { etaSeconds = Double(max(0, total - done)) / rate }
        dueInSeconds = until.map { Double($0 > now.ticks ? $0 - now.ticks : 0) / 1000 } ?? 0
        attempts = work.attempts
        error = work.error
        command = work.cause.command
        keys = work.cause.keys
        database = work.cause.database
        actor = work.cause.actor.map { "\($0.user)@\($0.address)" }
        parent = work.parent.map { "\($0)" }
        targets = work.targets(atMost: Self.listedTargets)
        merged = work.joined
    }
}
