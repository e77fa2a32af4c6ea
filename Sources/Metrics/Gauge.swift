public import Synchronization

/// A number that goes up and down, from any thread; integers are exact up to 2^53.
public final class Gauge: Sendable {
    @usableFromInline let bits = Atomic<UInt64>(0)

    init() {}

    @inlinable public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    @inlinable public func set(_ value: Int) { set(Double(value)) }

    /// Adds `amount`, which may be negative.
    @inlinable public func add(_ amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let sum = Double(bitPattern: current) + amount
            let (done, found) = bits.weakCompareExchange(
                expected: current, desired: sum.bitPattern, ordering: .relaxed)
            if done { return }
            current = found
        }
    }

    @inlinable public func add(_ amount: Int) { add(Double(amount)) }

    @inlinable public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
