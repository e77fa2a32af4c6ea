/// How long something that fails again and again rests before the next attempt, and when that is worth a
/// line in the log: at once, and then once a minute.
struct FailureLog {
    private static let shortest = 1000
    private static let longest = 60_000

    private var failures = 0
    private var restsUntil: UInt64 = 0
    private var toldMilliseconds: UInt64?
    private var untold = 0

    /// Whether it is too early for another attempt.
    func rests(_ now: UInt64) -> Bool { now < restsUntil }

    /// The wait before the next attempt, twice as long after each failure.
    var waitMilliseconds: Int { min(Self.longest, Self.shortest << min(max(0, failures - 1), 6)) }

    mutating func failed(_ now: UInt64) {
        failures += 1
        untold += 1
        restsUntil = now + UInt64(waitMilliseconds)
    }

    /// It has succeeded, or what it failed for may be over.
    mutating func forget() {
        failures = 0
        restsUntil = 0
    }

    /// How many failures a line in the log stands for; nil while one was written in the last minute.
    mutating func countToTell(_ now: UInt64) -> Int? {
        if let toldMilliseconds, now - toldMilliseconds < UInt64(Self.longest) { return nil }
        toldMilliseconds = now
        defer { untold = 0 }
        return untold
    }
}
