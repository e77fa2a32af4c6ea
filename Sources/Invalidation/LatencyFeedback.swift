/// The rate of a drain, found by how fast Redis answers: up a little while it answers as usual, down by a
/// third when it does not.
struct LatencyFeedback {
    /// Where the rate stops falling as long as Redis is only slower than usual.
    static let usualLowest = 120_000.0
    /// Where it stops falling when Redis is in trouble.
    static let lowest = 10_000.0
    /// An answer that takes so long, and ten times what it may, says that Redis is in trouble.
    private static let troubleNanoseconds: Int64 = 5_000_000
    static let highest = 1_000_000.0
    private static let step = 5_000.0
    private static let remembered = 8

    /// Keys per second.
    private(set) var rate = 200_000.0
    private var calmProbes: [Int64] = []
    private var recent: [Answer] = []

    private enum Answer { case usual, slow, trouble }

    mutating func forgetCalm() { calmProbes = [] }

    /// Takes an answer's time without a drain.
    mutating func calm(_ nanoseconds: Int64) { calmProbes.append(nanoseconds) }

    /// How fast Redis answers without a drain: the median; nil while that is not known.
    var calmNanoseconds: Int64? {
        calmProbes.isEmpty ? nil : calmProbes.sorted()[calmProbes.count / 2]
    }

    /// Takes an answer's time during a drain; `percent` is how much of the calm time it may be.
    ///
    /// One slow answer in eight is chance; three are not.
    mutating func measured(_ nanoseconds: Int64, percent: Int) {
        guard let calm = calmNanoseconds else { return }
        let share = nanoseconds * 100 / max(1, calm)
        let isTrouble = share > 10 * Int64(percent) && nanoseconds > Self.troubleNanoseconds
        recent.append(isTrouble ? .trouble : share > Int64(percent) ? .slow : .usual)
        if recent.count > Self.remembered { recent.removeFirst() }
        if recent.count(where: { $0 != .usual }) >= 3 {
            let isInTrouble = recent.count(where: { $0 == .trouble }) >= 3
            rate = max(isInTrouble ? Self.lowest : min(rate, Self.usualLowest), rate * 0.7)
            recent = []
        } else if recent.last == .usual {
            rate = min(Self.highest, rate + Self.step)
        }
    }
}

/// Lets through so many keys a second, with bursts of ten milliseconds' worth.
struct KeyBucket {
    private var tokens = 0.0
    private var last: Int64?

    /// How many of `wanted` keys may go at `now`; nil as `rate` is no bound.
    mutating func take(_ wanted: Int, rate: Double?, now: Int64) -> Int {
        guard let rate else {
            last = nil
            return wanted
        }
        if let last { tokens += Double(max(0, now - last)) / 1e9 * rate } else { tokens = 1 }
        last = now
        tokens = min(tokens, max(1, rate / 100))
        let least = min(Double(wanted), max(1, rate / 1000))
        guard tokens >= least else { return 0 }
        let granted = min(wanted, Int(tokens))
        tokens -= Double(granted)
        return granted
    }

    /// Puts back keys that did not go; a negative count is a debt.
    mutating func giveBack(_ count: Int) { tokens += Double(count) }

    /// When it is worth to ask again.
    func waitMilliseconds(rate: Double?) -> Int {
        guard let rate else { return 0 }
        let lacking = max(1, rate / 1000) - tokens
        return min(1000, max(1, Int((lacking / rate * 1000).rounded(.up))))
    }
}
