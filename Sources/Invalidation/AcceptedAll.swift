import Synchronization

/// Tells somebody once that all of several pieces of work have been accepted.
final class AcceptedAll: Sendable {
    private let left: Atomic<Int>
    private let done: @Sendable () -> Void

    /// `done` is called after `count` calls of `one()`; at once where there is nothing to wait for.
    init(_ count: Int, _ done: @escaping @Sendable () -> Void) {
        left = Atomic(count)
        self.done = done
        if count == 0 { done() }
    }

    func one() {
        if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done() }
    }
}
