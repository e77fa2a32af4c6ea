import Bytes
import Synchronization
import Threads

/// What was asked of the store.
enum StoreOperation: Sendable {
    case put([StoredItem], ItemStore.Done<Void>)
    case remove([Int64], ItemStore.Done<Void>)
    case load(ItemStore.Query, ItemStore.Done<[StoredItem]>)
    case counts(ItemStore.Done<ItemStore.Counts>)

    /// About how much memory it takes.
    var byteCount: Int {
        switch self {
        case .put(let items, _):
            items.reduce(64) { $0 + $1.content.count + $1.mergeKey.count + $1.rule.utf8.count + 128 }
        case .remove(let numbers, _): 64 + 8 * numbers.count
        case .load, .counts: 256
        }
    }

    var isWrite: Bool {
        switch self {
        case .put, .remove: true
        case .load, .counts: false
        }
    }

    func fail(_ failure: ItemStore.Failure) {
        switch self {
        case .put(_, let done), .remove(_, let done): done(.failure(failure))
        case .load(_, let done): done(.failure(failure))
        case .counts(let done): done(.failure(failure))
        }
    }
}

/// Operations on their way to the store's thread: in order, bounded by their bytes.
final class StoreQueue: Sendable {
    struct Batch {
        var operations: [StoreOperation] = []
        var isStopping = false
    }

    private struct State {
        var batch = Batch()
        var bytes = 0
        /// Bytes of what the thread has taken and not finished.
        var taken = 0
        var waiting = Waiting.no
        var hasRefused = false
    }

    private enum Waiting { case no, forAnything, forTheEnd }

    private let limit: Int
    private let state = Mutex(State())
    private let work = Wakeup()

    init(limit: Int) { self.limit = limit }

    var waitingBytes: Int { state.withLock { $0.bytes + $0.taken } }

    var isStopping: Bool { state.withLock { $0.batch.isStopping } }

    func append(_ operation: StoreOperation) -> Bool {
        let size = operation.byteCount
        let (isTaken, mustWake) = state.withLock { state in
            let isEmpty = state.bytes + state.taken == 0
            guard !state.batch.isStopping, isEmpty || state.bytes + state.taken + size <= limit else {
                state.hasRefused = true
                return (false, false)
            }
            state.bytes += size
            state.batch.operations.append(operation)
            return (true, Self.wake(&state, .forAnything))
        }
        if mustWake { work.post() }
        return isTaken
    }

    func stop() {
        let mustWake = state.withLock { state in
            state.batch.isStopping = true
            return Self.wake(&state, state.waiting)
        }
        if mustWake { work.post() }
    }

    /// Takes all that waits; waits for something, at most so long, where nothing does.
    func take(milliseconds: Int32) -> Batch {
        let mustWait = state.withLock { state in
            let mustWait = state.batch.operations.isEmpty && !state.batch.isStopping
            state.waiting = mustWait ? .forAnything : .no
            return mustWait
        }
        if mustWait { work.wait(milliseconds: milliseconds) }
        return state.withLock { state in
            state.waiting = .no
            let batch = state.batch
            state.taken += state.bytes
            state.bytes = 0
            state.batch.operations = []
            return batch
        }
    }

    /// Waits for the end of the store, at most so long.
    func pause(milliseconds: Int32) {
        let mustWait = state.withLock { state in
            state.waiting = state.batch.isStopping ? .no : .forTheEnd
            return !state.batch.isStopping
        }
        if mustWait { work.wait(milliseconds: milliseconds) }
        state.withLock { $0.waiting = .no }
    }

    /// The taken operations are done; true when somebody was refused who can be told of room.
    func finished() -> Bool {
        state.withLock { state in
            state.taken = 0
            guard state.hasRefused, state.bytes <= limit / 2 else { return false }
            state.hasRefused = false
            return true
        }
    }

    /// One post for each wait, so that the thread's pipe never fills.
    private static func wake(_ state: inout State, _ waiting: Waiting) -> Bool {
        guard state.waiting != .no, state.waiting == waiting else { return false }
        state.waiting = .no
        return true
    }
}
