public import Synchronization

/// A fixed number of 64-bit atomics side by side in one block of memory.
///
/// One allocation and no reference counting per cell, so that a histogram's `observe` is an index and an add.
@safe @usableFromInline struct AtomicArray: ~Copyable, Sendable {
    @usableFromInline nonisolated(unsafe) let cells: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let count: Int

    @usableFromInline init(count: Int) {
        self.count = count
        unsafe cells = .allocate(capacity: count)
        for index in 0..<count { unsafe (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe cells.deinitialize(count: count)
        unsafe cells.deallocate()
    }

    @inlinable func add(_ amount: UInt64, at index: Int) {
        precondition(index >= 0 && index < count, "no such cell")
        unsafe cells[index].wrappingAdd(amount, ordering: .relaxed)
    }

    @inlinable func load(_ index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "no such cell")
        return unsafe cells[index].load(ordering: .relaxed)
    }

    /// Replaces a cell by a function of its value, as often as it takes to be undisturbed.
    @inlinable func update(_ index: Int, _ change: (UInt64) -> UInt64) {
        precondition(index >= 0 && index < count, "no such cell")
        var current = unsafe cells[index].load(ordering: .relaxed)
        while true {
            let (done, found) = unsafe cells[index].weakCompareExchange(
                expected: current, desired: change(current), ordering: .relaxed)
            if done { return }
            current = found
        }
    }
}
