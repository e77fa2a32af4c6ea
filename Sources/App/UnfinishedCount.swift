import Synchronization

/// Adds up what several loops answer.
final class UnfinishedCount: Sendable {
    private struct State {
        var sum = 0
        var missing: Int
    }

    private let state: Mutex<State>

    init(waitsFor loops: Int) { state = Mutex(State(missing: loops)) }

    /// Adds one loop's answer; the sum when it was the last.
    func add(_ count: Int) -> Int? {
        state.withLock { state in
            state.sum += count
            state.missing -= 1
            return state.missing == 0 ? state.sum : nil
        }
    }
}
