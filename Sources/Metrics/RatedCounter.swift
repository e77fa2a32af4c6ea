/// A counter that also knows how much was added in the last ten seconds.
///
/// The window is a ring of slots of a tenth of a second, each a stamp (upper half) and a count (lower half),
/// so that adding needs no lock and reading needs no background sampling.
public final class RatedCounter: Sendable {
    static let windowTicks: UInt64 = 100
    static let slotCount = 128

    /// The total, exposed under its own name.
    public let total: Counter
    private let slots = AtomicArray(count: RatedCounter.slotCount)
    private let ticks: @Sendable () -> UInt64

    init(total: Counter, ticks: @escaping @Sendable () -> UInt64 = MonotonicTicks.now) {
        self.total = total
        self.ticks = ticks
    }

    public func add(_ amount: UInt64 = 1) {
        total.add(amount)
        let stamp = ticks() & 0xffff_ffff
        slots.update(Int(stamp) % Self.slotCount) { packed in
            let counted = packed >> 32 == stamp ? packed & 0xffff_ffff : 0
            return stamp << 32 | min(counted + amount, 0xffff_ffff)
        }
    }

    /// Additions per second, averaged over the last ten seconds.
    public var perSecond: Double {
        let now = ticks() & 0xffff_ffff
        var sum: UInt64 = 0
        for index in 0..<Self.slotCount {
            let packed = slots.load(index)
            let age = (now &- packed >> 32) & 0xffff_ffff
            if age < Self.windowTicks { sum += packed & 0xffff_ffff }
        }
        return Double(sum) / (Double(Self.windowTicks) / 10)
    }
}
