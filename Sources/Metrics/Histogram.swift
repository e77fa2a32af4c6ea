/// A distribution over fixed buckets; two atomic operations per observation, from any thread.
public final class Histogram: Sendable {
    /// Upper bounds, ascending; a value equal to a bound belongs to that bound's bucket.
    public let bounds: [Double]
    /// One cell per bound, one for what is above them all, and the sum's bit pattern last.
    @usableFromInline let cells: AtomicArray

    init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must ascend")
        self.bounds = bounds
        cells = AtomicArray(count: bounds.count + 2)
    }

    /// Counts one value. NaN is ignored: it belongs to no bucket and would spoil the sum for good.
    @inlinable public func observe(_ value: Double) {
        if value.isNaN { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        cells.add(1, at: index)
        cells.update(bounds.count + 1) { (Double(bitPattern: $0) + value).bitPattern }
    }

    /// Adds values that were counted elsewhere by the same bounds.
    ///
    /// - Parameters:
    ///   - counts: how many values belong to each bucket, as in `bucketCounts`.
    ///   - sum: what those values add up to.
    public func add(_ counts: [UInt64], sum: Double) {
        precondition(counts.count == bounds.count + 1, "one count for each bucket")
        for (index, count) in counts.enumerated() where count > 0 { cells.add(count, at: index) }
        cells.update(bounds.count + 1) { (Double(bitPattern: $0) + sum).bitPattern }
    }

    /// How many values fell into each bucket (not cumulated), the one above all bounds last.
    public var bucketCounts: [UInt64] { (0...bounds.count).map { cells.load($0) } }

    /// How many values were observed.
    public var count: UInt64 { bucketCounts.reduce(0, &+) }

    public var sum: Double { Double(bitPattern: cells.load(bounds.count + 1)) }
}
