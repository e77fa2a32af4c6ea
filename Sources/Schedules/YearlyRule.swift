/// The rule of a POSIX `TZ` string, as it stands at the end of a TZif file: standard time and, where there is
/// any, when daylight saving begins and ends each year.
///
/// With the extension of RFC 8536 section 3.3.1: hours of -167 to 167 in the times of change.
struct YearlyRule: Sendable, Hashable {
    /// A day of any year.
    enum Day: Sendable, Hashable {
        /// `Jn`: 1 to 365, without 29 February.
        case withoutLeapDay(Int)
        /// `n`: 0 to 365, with 29 February.
        case ofYear(Int)
        /// `Mm.w.d`: the w-th weekday d of month m, 5 for the last.
        case weekday(month: Int, week: Int, weekday: Int)

        /// Days from 1970-01-01 to it.
        func days(in year: Int) -> Int64 {
            switch self {
            case .withoutLeapDay(let number):
                let leap = CivilTime.isLeap(year) && number >= 60 ? 1 : 0
                return CivilTime.days(year: year, month: 1, day: number + leap)
            case .ofYear(let number):
                return CivilTime.days(year: year, month: 1, day: 1) + Int64(number)
            case .weekday(let month, let week, let weekday):
                let first = CivilTime.days(year: year, month: month, day: 1)
                let shift = (weekday - CivilTime.weekday(ofDay: first) + 7) % 7
                let length = CivilTime.length(ofMonth: month, in: year)
                var day = shift + 7 * (week - 1)
                if day >= length { day -= 7 }
                return first + Int64(day)
            }
        }
    }

    /// A change of the clocks, once a year.
    struct Change: Sendable, Hashable {
        var day: Day
        /// Seconds after midnight by the clock before the change.
        var time: Int64
        /// The offset that applies from then on.
        var offset: Int64
        /// The offset that applied before.
        var before: Int64

        func moment(in year: Int) -> Int64 { day.days(in: year) * 86400 + time - before }
    }

    var standardOffset: Int64
    /// The begin and the end of daylight saving; empty where there is none.
    var changes: [Change]

    /// The stretch of the same offset around a moment.
    func span(at time: Int64, offset: Int64) -> TimeZoneRules.Span {
        var span = TimeZoneRules.Span(
            start: TimeZoneRules.distantPast, end: TimeZoneRules.distantFuture, offset: standardOffset)
        guard !changes.isEmpty else { return span }
        let year = CivilTime(localSeconds: time).year
        let moments = (year - 1...year + 1).flatMap { year in
            changes.map { (time: $0.moment(in: year), offset: $0.offset) }
        }
        for moment in moments.sorted(by: { $0.time < $1.time }) {
            if moment.time > time {
                span.end = moment.time
                break
            }
            span.start = moment.time
            span.offset = moment.offset
        }
        return span
    }
}
