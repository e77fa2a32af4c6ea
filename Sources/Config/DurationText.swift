extension Duration {
    /// Whole milliseconds, rounded towards zero: the unit of the event loop's timers.
    public var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}

/// A duration as proxy.conf writes it: a whole number and its unit.
enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int)] =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]

    /// Nil without a unit, with a sign or a fraction, or past ten years.
    static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count).lowercased()
        guard let unit = units.first(where: { $0.suffix == suffix })?.milliseconds, let number = Int(digits)
        else { return nil }
        let (milliseconds, overflowed) = number.multipliedReportingOverflow(by: unit)
        guard !overflowed, milliseconds <= 10 * 366 * 24 * 3_600_000 else { return nil }
        return .milliseconds(milliseconds)
    }

    static func render(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
