import Audit

/// Spreads the keys of one cascade evenly over a time.
struct SpreadClock {
    private let milliseconds: Int
    private let started = AuditTime.now().monotonicNanoseconds

    init(milliseconds: Int) { self.milliseconds = milliseconds }

    /// How many more keys may be removed by now.
    func allowance(_ progress: Cascade.Progress) -> Int {
        let elapsed = Int((AuditTime.now().monotonicNanoseconds &- started) / 1_000_000)
        return Self.allowance(progress, elapsed: elapsed, of: milliseconds)
    }

    /// How many milliseconds pass before one more may go; at least 5.
    func wait(_ progress: Cascade.Progress) -> Int {
        let expected = max(1, progress.expected ?? progress.done)
        return max(5, min(milliseconds / expected, 1000))
    }

    /// Of `expected` keys, as large a part may be done as of the time has passed, and one at once.
    static func allowance(_ progress: Cascade.Progress, elapsed: Int, of milliseconds: Int) -> Int {
        guard elapsed < milliseconds else { return Int.max }
        let expected = progress.expected ?? progress.done
        let (product, overflows) = expected.multipliedReportingOverflow(by: elapsed)
        let due = overflows ? expected / milliseconds * elapsed : product / milliseconds
        return max(0, 1 + due - progress.done)
    }
}
