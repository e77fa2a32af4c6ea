public import Bytes
import Synchronization
import Threads

/// The audit log: takes records from any thread and writes them, chained by hashes, on a thread of its own.
///
/// Files are JSON lines. The live file is moved to `<stem>-000001<suffix>`, ... when it has reached its size;
/// each file begins with a `segment` record, so that a file whose predecessors were removed can still be
/// verified.
public final class AuditLog: Sendable {
    /// What becomes of records when the queue is full or the disk takes no more.
    public enum OverflowPolicy: Sendable {
        /// Whoever would report more is to wait while `isFull`.
        case block
        /// They are dropped, and a `gap` record counts them as soon as writing works again.
        case drop
    }

    /// How keys are written.
    public enum KeyPolicy: Sendable {
        case plain
        /// As `sha256:` and 32 hexadecimal digits: equal keys can be told, names cannot be read (but can be
        /// guessed).
        case hash
    }

    public struct Options: Sendable {
        /// The live file; nil keeps only the last records, in memory.
        public var path: String?
        /// Size at which the live file is moved aside; the last record may pass it.
        public var maxBytes: Int64
        /// Rotated files kept.
        public var retain: Int
        /// Records that may wait to be written.
        public var queueLimit: Int
        public var onFull: OverflowPolicy
        public var keys: KeyPolicy
        /// Keys listed per record; `target_count` tells the rest.
        public var targetLimit: Int
        /// Whether records wait until another process that writes the file has ended, instead of the log
        /// being refused.
        public var waitsForFile: Bool

        public init(
            path: String?, maxBytes: Int64 = 64 * 1024 * 1024, retain: Int = 8, queueLimit: Int = 65536,
            onFull: OverflowPolicy = .drop, keys: KeyPolicy = .plain, targetLimit: Int = 1000,
            waitsForFile: Bool = false
        ) {
            self.path = path
            self.maxBytes = maxBytes
            self.retain = retain
            self.queueLimit = queueLimit
            self.onFull = onFull
            self.keys = keys
            self.targetLimit = targetLimit
            self.waitsForFile = waitsForFile
        }
    }

    private let keys: KeyPolicy
    private let queue: AuditQueue
    private let progress = AuditProgress()
    private let ended = Wakeup()
    private let isStopped = Mutex(false)
    /// Whether the process that wrote the file before has stopped in order: what a killed one had not
    /// written yet is not known.
    public let endedInOrder: Bool

    /// Opens the file, goes on with the chain that it ends in, and starts the thread.
    ///
    /// A torn last line, as a crash leaves it, is cut off and reported by a `repair` record.
    public init(_ options: Options) throws(AuditError) {
        // The queue is stored last: a throw before leaves nothing that `deinit` would wait for.
        let queue = AuditQueue(limit: options.queueLimit, blocks: options.onFull == .block)
        let writer = try AuditWriter(options: options, queue: queue, progress: progress)
        keys = options.keys
        self.queue = queue
        endedInOrder = writer.endedInOrder
        let ended = ended
        BackgroundThread.start {
            writer.run()
            ended.post()
        }
    }

    deinit { stop() }

    /// Whether whoever owes a record is to wait before it does what would be recorded: the policy is `block`,
    /// and the disk does not take what waits already.
    public var isFull: Bool { queue.isFull }

    /// Hands a record over, and returns at once; it is lost, and counted, where there is no room.
    ///
    /// With the policy `block` there is room for what was under way when the log became full.
    public func append(_ record: AuditRecord) {
        if !queue.append(record) { countDropped() }
    }

    /// The place behind every record that was taken so far.
    public var position: UInt64 { queue.taken.load(ordering: .relaxed) }
    /// Whether what was taken before `position` is in the file, where the end of this process cannot lose it,
    /// or is given up.
    public func isSettled(_ position: UInt64) -> Bool {
        queue.settled.load(ordering: .acquiring) >= position
    }

    /// Waits until what was appended before is on disk, or given up.
    public func flush() { queue.flush() }

    /// Opens the path again, after logrotate or its like moved the file away. Returns before it is done.
    public func reopen() { queue.reopen() }

    /// Writes what waits, syncs, and ends the thread; records appended later are lost. May be called again.
    ///
    /// When the disk takes nothing, what waits is given up rather than waited for.
    public func stop() {
        isStopped.withLock { isStopped in
            if isStopped { return }
            queue.stop()
            ended.wait()
            isStopped = true
        }
    }

    /// Records written, those of the log itself included.
    public var written: UInt64 { progress.written.load(ordering: .relaxed) }
    /// Records lost.
    public var dropped: UInt64 { progress.dropped.load(ordering: .relaxed) }
    /// Gap records written.
    public var gaps: UInt64 { progress.gaps.load(ordering: .relaxed) }
    /// Failed opens, writes, syncs and rotations.
    public var errors: UInt64 { progress.errors.load(ordering: .relaxed) }
    /// What failed last; nil when nothing ever did.
    public var lastError: AuditError? { progress.lastError }
    /// The last record's number and hash; kept elsewhere, it lets `AuditVerifier` see that a tail was cut
    /// off.
    public var head: ChainLink { progress.head }
    public var lastSequence: UInt64 { head.sequence }
    public var lastHash: String { head.hash }

    /// The last records' lines, at most 256, newest last; only those that name `key` when one is given.
    public func recent(key: ByteString? = nil) -> [String] {
        let lines = progress.recent
        guard let key else { return lines.map { String(decoding: $0, as: UTF8.self) } }
        var encoder = RecordEncoder(keys: keys, targetLimit: 0)
        let name = keys == .plain ? key : ByteString(encoder.hashed(key))
        return lines.filter { AuditEntry(line: $0)?.concerns(name) ?? false }
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The writer counts what the full queue refused; after the end only this can.
    private func countDropped() {
        if queue.isStopping { progress.dropped.wrappingAdd(1, ordering: .relaxed) }
    }
}
