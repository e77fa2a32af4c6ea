import Synchronization
import Threads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Brings a journal's files onto the disk itself, on a thread of its own: at once, or about once a second.
///
/// One sync covers all batches that were written while the one before it ran.
final class JournalSync: Sendable {
    private struct State {
        var segments: [JournalSegment] = []
        var batch: UInt64 = 0
        var isWaiting = false
        var isStopping = false
    }

    private static let milliseconds: Int32 = 1000

    private let directory: String
    private let isUrgent: Bool
    private let onSynced: @Sendable (UInt64, FileError?) -> Void
    private let state = Mutex(State())
    private let work = Wakeup()
    private let ended = Wakeup()

    init(
        _ directory: String, isUrgent: Bool, _ onSynced: @escaping @Sendable (UInt64, FileError?) -> Void
    ) {
        self.directory = directory
        self.isUrgent = isUrgent
        self.onSynced = onSynced
        BackgroundThread.start { self.run() }
    }

    /// A batch was written to `segment`.
    func written(_ segment: JournalSegment, batch: UInt64) {
        let mustWake = state.withLock { state in
            if state.segments.last !== segment { state.segments.append(segment) }
            state.batch = batch
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if mustWake { work.post() }
    }

    /// Syncs what is written and ends the thread.
    func stop() {
        let mustWake = state.withLock { state in
            state.isStopping = true
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if mustWake || !isUrgent { work.post() }
        ended.wait()
    }

    private func run() {
        serve()
        ended.post()
    }

    private func serve() {
        var known: JournalSegment?
        while true {
            let (segments, batch, isStopping) = take()
            if !segments.isEmpty { sync(segments, batch, &known) }
            if isStopping { break }
            if !isUrgent, !segments.isEmpty { work.wait(milliseconds: Self.milliseconds) }
        }
    }

    private func take() -> (segments: [JournalSegment], batch: UInt64, isStopping: Bool) {
        let mustWait = state.withLock { state in
            state.isWaiting = state.segments.isEmpty && !state.isStopping
            return state.isWaiting
        }
        if mustWait { work.wait() }
        return state.withLock { state in
            defer { state.segments = [] }
            return (state.segments, state.batch, state.isStopping)
        }
    }

    private func sync(_ segments: [JournalSegment], _ batch: UInt64, _ known: inout JournalSegment?) {
        do throws(FileError) {
            for segment in segments {
                try segment.sync()
                if segment !== known { syncDirectory() }
                known = segment
            }
            if let last = segments.last, last.isLost {
                errno = ENOENT
                throw FileError("find", last.path)
            }
            onSynced(batch, nil)
        } catch {
            onSynced(batch, error)
        }
    }

    /// Makes the file's name durable; a file system that cannot is left alone.
    private func syncDirectory() {
        let descriptor = unsafe open(directory, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
