import Synchronization
import Threads

/// Writes the chain; lives on the audit thread alone.
///
/// Whatever fails leaves the chain where it was: a chunk of lines is in the file as a whole or not at all,
/// and only then does the chain's head move.
final class AuditWriter {
    private static let chunkBytes = 256 * 1024
    private static let syncIntervalNanoseconds: Int64 = 1_000_000_000
    private static let retryMilliseconds: Int32 = 200
    /// Short, so that among several processes the one that has waited longest is next.
    private static let lockRetryMilliseconds: Int32 = 20

    private let options: AuditLog.Options
    private let queue: AuditQueue
    private let progress: AuditProgress
    private let file: AuditFile?
    private var encoder: RecordEncoder
    private var link = ChainLink.genesis
    private var instance = ULID().description
    /// Records that were lost and that no gap record counts yet.
    private var lost: UInt64 = 0
    private var isDirty = false
    private var lastSync: Int64 = 0
    /// Whether the chain's end is known; not while another process writes the file.
    private var hasRecovered = false
    private var isWaiting = false
    /// How often to look for the file after the stop was asked for: two seconds in all.
    private var lastAttempts = 100
    private var lateRepairs: [AuditRecord] = []

    init(options: AuditLog.Options, queue: AuditQueue, progress: AuditProgress) throws(AuditError) {
        self.options = options
        self.queue = queue
        self.progress = progress
        file = options.path.map { AuditFile(path: $0) }
        encoder = RecordEncoder(keys: options.keys, targetLimit: options.targetLimit)
        do {
            try recoverOnce()
        } catch {
            // A disk without room is no mistake of the configuration: records wait for it, or are counted.
            guard (options.waitsForFile && error.isLocked) || error.isOfDisk else { throw error }
            if error.isOfDisk { progress.fail(error) }
            isWaiting = true
            progress.start(at: link)
        }
    }

    /// Whether the log ends as that of a process that stopped in order does, or is new.
    private(set) var endedInOrder = true

    private func recoverOnce() throws(AuditError) {
        try recover()
        hasRecovered = true
        progress.start(at: link)
    }

    /// Serves the queue until it is stopped.
    func run() {
        while true {
            let batch = queue.take(milliseconds: isDirty || lost > 0 ? 1000 : -1)
            if batch.mustReopen { attempt { () throws(AuditError) in try reopen() } }
            write(batch.records[...])
            queue.settled.wrappingAdd(UInt64(batch.records.count), ordering: .releasing)
            queue.finished(batch.records.count)
            if batch.dropped > 0 {
                lose(batch.dropped)
                write([])
            }
            syncWhenDue(atOnce: !batch.barriers.isEmpty || batch.isStopping)
            for barrier in batch.barriers { barrier.post() }
            if batch.isStopping, batch.isEmpty { break }
        }
        file?.close()
        queue.end()
    }

    // MARK: Writing

    private func write(_ records: ArraySlice<AuditRecord>) {
        var rest = records
        while !rest.isEmpty || lost > 0 {
            do throws(AuditError) {
                if !hasRecovered {
                    try recoverOnce()
                    rest = (lateRepairs + rest)[...]
                    lateRepairs = []
                }
                rest = rest.dropFirst(try writeChunk(rest))
            } catch {
                if !hasRecovered, error.isLocked, mayWaitForFile() { continue }
                progress.fail(error)
                if options.onFull == .drop || queue.isStopping {
                    lose(UInt64(rest.count))
                    return
                }
                let mustReopen = queue.pause(milliseconds: Self.retryMilliseconds)
                if mustReopen { attempt { () throws(AuditError) in try reopen() } }
            }
        }
    }

    /// Waits a moment for the process that writes the file to end; false when this one is about to end itself
    /// and has waited for long enough.
    private func mayWaitForFile() -> Bool {
        guard queue.isStopping else {
            _ = queue.pause(milliseconds: Self.lockRetryMilliseconds)
            return true
        }
        guard lastAttempts > 0 else { return false }
        lastAttempts -= 1
        Wakeup().wait(milliseconds: Self.lockRetryMilliseconds)
        return true
    }

    /// Writes as many of `records` as one chunk takes and says how many.
    private func writeChunk(_ records: ArraySlice<AuditRecord>) throws(AuditError) -> Int {
        try prepareFile()
        var next = link
        var lines: [[UInt8]] = []
        if file.map({ $0.size == 0 }) ?? (link == .genesis) {
            lines.append(encoder.line(segment(), after: &next))
        }
        if lost > 0 { lines.append(encoder.line(gap(), after: &next)) }
        var bytes = lines.reduce(0) { $0 + $1.count }
        var count = 0
        for record in records {
            let size = (file?.size ?? 0) + Int64(bytes)
            if count > 0, bytes >= Self.chunkBytes || size >= options.maxBytes { break }
            lines.append(encoder.line(record, after: &next))
            bytes += lines[lines.count - 1].count
            count += 1
        }
        var chunk: [UInt8] = []
        chunk.reserveCapacity(bytes)
        for line in lines { chunk += line }
        try file?.append(chunk)
        if lost > 0 { progress.gaps.wrappingAdd(1, ordering: .relaxed) }
        lost = 0
        link = next
        isDirty = file != nil
        progress.advance(to: next, lines: lines)
        return count
    }

    /// Has the file open, and with room.
    private func prepareFile() throws(AuditError) {
        guard let file else { return }
        if !file.isOpen { try reopen() }
        try file.measure()
        guard file.size >= options.maxBytes else { return }
        attempt { () throws(AuditError) in
            try file.sync()
            try file.rotate(retain: options.retain)
        }
        if !file.isOpen { try reopen() }
    }

    private func lose(_ count: UInt64) {
        lost += count
        progress.dropped.wrappingAdd(count, ordering: .relaxed)
    }

    private func syncWhenDue(atOnce: Bool) {
        let now = AuditTime.now().monotonicNanoseconds
        guard isDirty, atOnce || now - lastSync >= Self.syncIntervalNanoseconds else { return }
        lastSync = now
        isDirty = false
        attempt { () throws(AuditError) in try file?.sync() }
    }

    /// Runs what may fail without stopping the log; the failure is counted.
    private func attempt(_ body: () throws(AuditError) -> Void) {
        do throws(AuditError) { try body() } catch { progress.fail(error) }
    }

    // MARK: Where the chain goes on

    /// Finds the chain's end in the files that are there, or begins a new one.
    private func recover() throws(AuditError) {
        guard let file else { return }
        switch try file.open() {
        case .intact(let last, _, let torn):
            link = last
            adoptInstance(file.firstLine())
            noteEnd(file.family)
            if torn > 0 { repair("removed \(torn) bytes of a line that was not written to its end") }
        case .empty: adoptRotated(file.family)
        case .damaged:
            try file.rotate(retain: Int.max)
            _ = try file.open()
            repair("set a damaged file aside and began a new chain")
        }
    }

    private func repair(_ cause: String) {
        var record = AuditRecord(.repair)
        record.cause = cause
        // The writer itself must not wait for room in its queue.
        if isWaiting { lateRepairs.append(record) } else { _ = queue.append(record) }
    }

    /// Goes on from the newest rotated file when the live one has yet to begin.
    private func adoptRotated(_ family: SegmentFamily) {
        guard let number = family.numbers().last,
            let lines = SegmentReader(path: family.path(number: number)),
            let last = lines.lastWhole(), let found = AuditLine(last)?.link(after: nil)
        else { return }
        link = found
        adoptInstance(lines.first())
        noteEnd(family)
    }

    /// Looks at the last record of the chain, over a file that has only begun.
    private func noteEnd(_ family: SegmentFamily) {
        let files = [family.livePath] + family.numbers().suffix(1).map(family.path(number:))
        let kinds = files.lazy.compactMap { SegmentReader(path: $0)?.lastWhole() }
            .compactMap { JSONParser.parse($0)?["kind"]?.text }
        guard let kind = kinds.first(where: { $0 != "segment" }) else { return }
        endedInOrder = kind == AuditRecord.Kind.stop.rawValue
    }

    private func adoptInstance(_ line: [UInt8]?) {
        if let line, let name = JSONParser.parse(line)?["instance"]?.text { instance = name }
    }

    /// Opens the live path again after it was moved away; a file with another end than ours is set aside.
    private func reopen() throws(AuditError) {
        guard hasRecovered, let file else { return }
        if file.isOpen { attempt { () throws(AuditError) in try file.sync() } }
        switch try file.open() {
        case .empty: break
        case .intact(let last, _, _) where last == link: break
        default:
            try file.rotate(retain: Int.max)
            _ = try file.open()
        }
    }

    private func segment() -> AuditRecord {
        var record = AuditRecord(.segment)
        record.instance = instance
        return record
    }

    private func gap() -> AuditRecord {
        var record = AuditRecord(.gap)
        record.count = lost
        record.cause = "records were lost because the queue or the disk was full"
        return record
    }
}
