import Synchronization
import Threads

/// The bounded queue between those who report and the thread that writes.
final class AuditQueue: Sendable {
    /// What the writer finds when it looks.
    struct Batch {
        var records: [AuditRecord] = []
        /// Records refused since the last look because the queue was full; they came after `records`.
        var dropped: UInt64 = 0
        /// Posted once everything before is written.
        var barriers: [Wakeup] = []
        var mustReopen = false
        var isStopping = false

        /// Whether somebody waits for what is to be done.
        var isUrgent: Bool { !barriers.isEmpty || mustReopen || isStopping }
        var isEmpty: Bool { records.isEmpty && dropped == 0 && barriers.isEmpty && !mustReopen }
    }

    private struct State {
        var batch = Batch()
        var writerWaits = Waiting.no
        var ended = false
    }

    /// What wakes the writer.
    private enum Waiting { case no, forAnything, forUrgency }

    private enum Answer { case taken, wakeWriter }

    private let limit: Int
    private let blocks: Bool
    private let state = Mutex(State())
    /// Records taken, and how many of those are written or given up.
    let taken = Atomic<UInt64>(0)
    let settled = Atomic<UInt64>(0)
    private let work = Wakeup()
    /// Records that wait now, those that the writer has taken and not written included.
    private let waiting = Atomic(0)

    init(limit: Int, blocks: Bool) {
        self.limit = max(1, limit)
        self.blocks = blocks
    }

    /// Whether whoever owes a record is to wait before it does what would be recorded.
    var isFull: Bool { blocks && waiting.load(ordering: .relaxed) >= limit }

    /// How many records are kept: where reporters wait, as many again, for what was under way when the queue
    /// became full.
    private var most: Int { blocks ? limit + max(limit, Self.underWay) : limit }

    private static let underWay = 16_384

    /// Takes a record, or drops it when there is no room; nobody waits here. False when it was dropped.
    func append(_ record: AuditRecord) -> Bool {
        let (isKept, answer) = offer(record)
        if answer == .wakeWriter { work.post() }
        return isKept
    }

    private func offer(_ record: AuditRecord) -> (Bool, Answer) {
        state.withLock { state in
            if state.batch.isStopping { return (false, .taken) }
            if waiting.load(ordering: .relaxed) < most {
                waiting.add(1, ordering: .relaxed)
                state.batch.records.append(record)
                taken.wrappingAdd(1, ordering: .relaxed)
                return (true, Self.wake(&state, isUrgent: state.batch.records.count * 2 > limit))
            }
            state.batch.dropped += 1
            return (false, Self.wake(&state, isUrgent: true))
        }
    }

    /// The writer has no more to do with so many records.
    func finished(_ count: Int) { waiting.subtract(count, ordering: .relaxed) }

    /// Waits until everything that was appended before is written, or given up.
    func flush() {
        let barrier = Wakeup()
        let mustWait = change { batch in batch.barriers.append(barrier) }
        if mustWait { barrier.wait() }
    }

    func reopen() { change { $0.mustReopen = true } }

    func stop() { change { $0.isStopping = true } }

    var isStopping: Bool { state.withLock { $0.batch.isStopping } }

    /// What has arrived, waiting for something when there is nothing; an empty batch after the time given.
    ///
    /// What arrives is left to gather for some milliseconds: one write for many records, and no thread that
    /// wakes for each while its mutation is still on its way.
    func take(milliseconds: Int32) -> Batch {
        if mustWait(.forAnything, while: { $0.isEmpty && !$0.isStopping }) {
            work.wait(milliseconds: milliseconds)
        }
        let half = limit / 2
        if mustWait(.forUrgency, while: { !$0.isEmpty && !$0.isUrgent && $0.records.count <= half }) {
            work.wait(milliseconds: Self.gatheringMilliseconds)
        }
        return takeNow()
    }

    private static let gatheringMilliseconds: Int32 = 10

    private func mustWait(_ waiting: Waiting, while condition: (Batch) -> Bool) -> Bool {
        state.withLock { state in
            let mustWait = condition(state.batch)
            state.writerWaits = mustWait ? waiting : .no
            return mustWait
        }
    }

    /// Waits for a reopening or the end, for a writer that cannot write; true when the file is to be
    /// reopened.
    func pause(milliseconds: Int32) -> Bool {
        if mustWait(.forUrgency, while: { !$0.mustReopen && !$0.isStopping }) {
            work.wait(milliseconds: milliseconds)
        }
        return state.withLock { state in
            state.writerWaits = .no
            defer { state.batch.mustReopen = false }
            return state.batch.mustReopen
        }
    }

    /// Says that nobody will look any more.
    func end() {
        let barriers = state.withLock { state in
            state.ended = true
            defer { state.batch.barriers = [] }
            return state.batch.barriers
        }
        for barrier in barriers { barrier.post() }
    }

    private func takeNow() -> Batch {
        state.withLock { state in
            defer {
                state.batch = Batch(isStopping: state.batch.isStopping)
                state.writerWaits = .no
            }
            return state.batch
        }
    }

    @discardableResult
    private func change(_ body: (inout Batch) -> Void) -> Bool {
        let answer: Answer? = state.withLock { state in
            if state.ended { return nil }
            body(&state.batch)
            return Self.wake(&state, isUrgent: true)
        }
        if answer == .wakeWriter { work.post() }
        return answer != nil
    }

    /// One post per wait, since one post wakes one wait.
    private static func wake(_ state: inout State, isUrgent: Bool) -> Answer {
        guard state.writerWaits == .forAnything || (state.writerWaits == .forUrgency && isUrgent) else {
            return .taken
        }
        state.writerWaits = .no
        return .wakeWriter
    }
}
