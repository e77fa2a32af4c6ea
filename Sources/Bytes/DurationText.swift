/// A length of time as directives, clauses and verbs write it: a whole number and its unit, `30s`.
///
/// A number alone says nothing: who means seconds would get milliseconds.
public enum DurationText {
    /// What is expected, for messages.
    public static let form = "a duration with its unit (ms, s, m, h or d), such as 30s"

    private static let units: [(suffix: String, milliseconds: Int)] =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
    private static let longestMilliseconds = 10 * 366 * 86_400_000

    /// Nil without a unit, with a sign or a fraction, or past ten years.
    public static func milliseconds(_ text: String) -> Int? {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        let suffix = String(text[digits.endIndex...]).lowercased()
        guard let unit = units.first(where: { $0.suffix == suffix })?.milliseconds,
            let number = Int(String(digits) ?? "")
        else { return nil }
        let (milliseconds, overflowed) = number.multipliedReportingOverflow(by: unit)
        return overflowed || milliseconds > longestMilliseconds ? nil : milliseconds
    }
}
