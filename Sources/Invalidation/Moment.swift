import Audit

/// A moment on two clocks: one that survives a restart, and one that nobody can set.
struct Moment: Sendable, Equatable {
    /// Milliseconds since 1970; it may jump.
    var wall: Int64
    /// Milliseconds of a clock that only goes forward; its zero means nothing.
    var ticks: UInt64

    /// When on the second clock work is due that was to wait `wait` at most.
    ///
    /// While a process lives only this counts, so a clock that is set changes nothing. After a restart, one
    /// that was set forward lets work run early, and one that was set back lets it wait once more: it is
    /// neither lost nor put off for ever.
    func ticks(of due: Int64, waitingAtMost wait: Int) -> UInt64 {
        guard due > wall else { return ticks }
        let (left, overflowed) = due.subtractingReportingOverflow(wall)
        return ticks &+ UInt64(overflowed ? Int64(wait) : min(left, Int64(max(0, wait))))
    }
}

extension Moment {
    /// Now, with a loop's clock for the ticks.
    init(ticks: UInt64) {
        self.init(wall: AuditTime.now().wallMicroseconds / 1000, ticks: ticks)
    }
}
