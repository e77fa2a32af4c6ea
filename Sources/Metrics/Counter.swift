public import Synchronization

/// A number that only grows; one relaxed atomic add per use, from any thread.
public final class Counter: Sendable {
    @usableFromInline let cell = Atomic<UInt64>(0)

    init() {}

    @inlinable public func add(_ amount: UInt64 = 1) {
        cell.wrappingAdd(amount, ordering: .relaxed)
    }

    /// The sum so far, in the unit that was added (see `Metric.scale`).
    @inlinable public var value: UInt64 { cell.load(ordering: .relaxed) }
}
