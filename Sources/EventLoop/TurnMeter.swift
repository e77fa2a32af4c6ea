import CUV

/// How long a loop is busy between two waits.
///
/// What is ready meanwhile waits for the end of the turn, so the longest turn bounds what the loop adds to
/// anybody's latency. The times are those that libuv takes anyway, in milliseconds: when the wait has ended,
/// and when what was ready has been served. Only a turn in which a timer has fired costs one more reading of
/// the clock.
public struct TurnMeter {
    /// Upper bounds in milliseconds of the classes that turns are counted in; longer ones belong to one more.
    public static let bounds = [2, 5, 10, 20, 50, 100, 250, 1000, 5000]

    /// Turns counted so far, for each class.
    public var counts: [UInt64] { [short] + long }
    private var short: UInt64 = 0
    private var long = [UInt64](repeating: 0, count: TurnMeter.bounds.count)
    /// The milliseconds of all turns that took more than two.
    public private(set) var milliseconds: UInt64 = 0
    private var longest: UInt64 = 0
    private var start: UInt64 = 0
    /// Whether a timer has fired since libuv last took the time.
    private var hasTimerFired = false

    /// The wait has ended, at this millisecond of the loop's clock.
    mutating func began(at milliseconds: UInt64) { start = milliseconds }

    mutating func timerFired() { hasTimerFired = true }

    /// The loop is about to wait; what was ready had been served at this millisecond of the loop's clock.
    mutating func ended(at milliseconds: UInt64) {
        guard start != 0 else { return }
        let end = hasTimerFired ? uv_hrtime() / 1_000_000 : milliseconds
        hasTimerFired = false
        count(end > start ? end - start : 0)
        start = 0
    }

    private mutating func count(_ length: UInt64) {
        guard length > 2 else { return short &+= 1 }
        long[(Self.bounds.firstIndex { length <= $0 } ?? Self.bounds.count) - 1] &+= 1
        milliseconds &+= length
        longest = max(longest, length)
    }

    /// The longest turn since the last call, in milliseconds.
    public mutating func takeLongest() -> UInt64 {
        defer { longest = 0 }
        return longest
    }
}
