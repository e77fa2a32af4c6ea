/// Finds the next and the last minute that an expression means, in local seconds: no zone is in it.
struct CronSearch {
    /// Longer than any expression with a possible date waits: 29 February on one day of the week can take 40
    /// years.
    private static let longestYears = 100

    let expression: CronExpression

    init(_ expression: CronExpression) { self.expression = expression }

    /// The first matching minute that begins at `time` or later.
    func first(from time: Int64) -> Int64? {
        var day = CivilTime.floorDivide(time, 86400)
        var minute = Int((time - day * 86400 + 59) / 60)
        let lastYear = CivilTime.date(ofDay: day).year + Self.longestYears
        while true {
            let date = CivilTime.date(ofDay: day)
            if date.year > lastYear { return nil }
            if !expression.matches(month: date.month) {
                day = CivilTime.days(year: date.year, month: date.month, day: 1)
                day += Int64(CivilTime.length(ofMonth: date.month, in: date.year))
            } else {
                if matches(day, date.day), let found = firstMinute(from: minute) {
                    return day * 86400 + Int64(found) * 60
                }
                day += 1
            }
            minute = 0
        }
    }

    /// The last matching minute that begins at `time` or sooner.
    func last(until time: Int64) -> Int64? {
        var day = CivilTime.floorDivide(time, 86400)
        var minute = Int((time - day * 86400) / 60)
        let firstYear = CivilTime.date(ofDay: day).year - Self.longestYears
        while true {
            let date = CivilTime.date(ofDay: day)
            if date.year < firstYear { return nil }
            if !expression.matches(month: date.month) {
                day = CivilTime.days(year: date.year, month: date.month, day: 1) - 1
            } else {
                if matches(day, date.day), let found = lastMinute(until: minute) {
                    return day * 86400 + Int64(found) * 60
                }
                day -= 1
            }
            minute = 24 * 60 - 1
        }
    }

    private func matches(_ day: Int64, _ dayOfMonth: Int) -> Bool {
        expression.matches(dayOfMonth: dayOfMonth, weekday: CivilTime.weekday(ofDay: day))
    }

    /// The first matching minute of a day from one of its minutes on.
    private func firstMinute(from minute: Int) -> Int? {
        guard minute < 24 * 60 else { return nil }
        let hour = minute / 60
        let rest = expression.minutes & ~0 << UInt64(minute % 60)
        if expression.hours & 1 << hour != 0, rest != 0 { return hour * 60 + rest.trailingZeroBitCount }
        let later = expression.hours & ~0 << UInt64(hour + 1)
        guard later != 0 else { return nil }
        return later.trailingZeroBitCount * 60 + expression.minutes.trailingZeroBitCount
    }

    /// The last matching minute of a day up to one of its minutes.
    private func lastMinute(until minute: Int) -> Int? {
        let hour = minute / 60
        let rest = expression.minutes & ~(~0 << UInt64(minute % 60 + 1))
        if expression.hours & 1 << hour != 0, rest != 0 { return hour * 60 + Self.highest(rest) }
        let earlier = expression.hours & ~(~0 << UInt64(hour))
        guard earlier != 0 else { return nil }
        return Self.highest(earlier) * 60 + Self.highest(expression.minutes)
    }

    private static func highest(_ bits: UInt64) -> Int { 63 - bits.leadingZeroBitCount }
}
