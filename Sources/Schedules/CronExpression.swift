/// When something happens, in the five fields of cron: minute, hour, day of month, month, day of week.
///
/// Vixie cron's language: lists, ranges, steps, names, `@daily` and its like, 7 for Sunday. Where neither the
/// day of month nor the day of week begins with `*`, either of them is enough; else both must match.
public struct CronExpression: Sendable, Hashable {
    private static let macros: [(name: String, fields: String)] = [
        ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"), ("@monthly", "0 0 1 * *"), ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
    ]

    /// As it was written.
    public let text: String
    let minutes: UInt64
    let hours: UInt64
    let daysOfMonth: UInt64
    let months: UInt64
    let daysOfWeek: UInt64
    /// Whether a matching day of month is enough, and a matching day of week as well.
    public let eitherDayIsEnough: Bool
    /// Whether it means times of day: neither minute nor hour begins with `*`.
    ///
    /// Such a job runs once a local time even where daylight saving skips or repeats it; others follow the
    /// clock.
    public let isAtFixedTimes: Bool

    public init(_ text: String) throws(CronProblem) {
        self.text = text
        let whole = 0..<max(1, text.utf8.count)
        let fields = try Self.fields(of: text)
        func bits(_ field: CronField) throws(CronProblem) -> UInt64 {
            let part = fields[field.rawValue]
            return try field.parse(part, at: part.startIndex.utf16Offset(in: part.base))
        }
        minutes = try bits(.minute)
        hours = try bits(.hour)
        daysOfMonth = try bits(.dayOfMonth)
        months = try bits(.month)
        daysOfWeek = try bits(.dayOfWeek)
        func isStarred(_ field: CronField) -> Bool { fields[field.rawValue].hasPrefix("*") }
        eitherDayIsEnough = !isStarred(.dayOfMonth) && !isStarred(.dayOfWeek)
        isAtFixedTimes = !isStarred(.minute) && !isStarred(.hour)
        if !hasPossibleDate {
            throw CronProblem(
                "no month of '\(fields[3])' has a day '\(fields[2])', so it would never run; expected a day"
                    + " that exists, found '\(text)'", at: whole)
        }
    }

    /// The five fields, those of a macro in its place.
    private static func fields(of text: String) throws(CronProblem) -> [Substring] {
        let whole = 0..<max(1, text.utf8.count)
        guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x09 }) else {
            throw CronProblem("expected five fields of printable ASCII, found '\(text)'", at: whole)
        }
        if text.hasPrefix("@") {
            guard let macro = macros.first(where: { $0.name == text.lowercased() }) else {
                let names = macros.map(\.name).joined(separator: ", ")
                throw CronProblem("expected one of \(names), found '\(text)'", at: whole)
            }
            return macro.fields.split(separator: " ")
        }
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count == CronField.allCases.count else {
            throw CronProblem(
                "expected five fields (minute, hour, day of month, month, day of week), found \(fields.count)"
                    + " in '\(text)'", at: whole)
        }
        return fields
    }

    /// Whether any date can match: 30 February cannot.
    private var hasPossibleDate: Bool {
        if eitherDayIsEnough { return true }
        return (1...12).contains { month in
            let longest = CivilTime.length(ofMonth: month, in: 2000)
            return months & 1 << month != 0 && (1...longest).contains { daysOfMonth & 1 << $0 != 0 }
        }
    }

    // MARK: Matching

    func matches(month: Int) -> Bool { months & 1 << month != 0 }

    /// Whether it has times on this day of a matching month.
    func matches(dayOfMonth: Int, weekday: Int) -> Bool {
        let byMonth = daysOfMonth & 1 << dayOfMonth != 0
        let byWeek = daysOfWeek & 1 << weekday != 0
        return eitherDayIsEnough ? byMonth || byWeek : byMonth && byWeek
    }

    /// Whether a clock that shows `time` shows one of its minutes.
    public func matches(_ time: CivilTime) -> Bool {
        matches(month: time.month) && matches(dayOfMonth: time.day, weekday: time.weekday)
            && hours & 1 << time.hour != 0 && minutes & 1 << time.minute != 0
    }
}
