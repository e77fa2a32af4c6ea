import Schedules
import TestSupport

/// Moments as tests write them.
enum Moment {
    /// Seconds since 1970 of `2026-03-29 01:30` in UTC.
    static func utc(_ text: String) throws -> Int64 {
        let parts = text.split { "- :".contains($0) }.compactMap { Int64($0) }
        guard parts.count == 5 else { throw SupportError("'\(text)' is no moment") }
        // A day at a time from 1970: slow, and nothing to do with what is tested.
        var days: Int64 = 0
        for year in 1970..<parts[0] { days += isLeap(year) ? 366 : 365 }
        let lengths: [Int64] = [31, isLeap(parts[0]) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        days += lengths.prefix(Int(parts[1]) - 1).reduce(0, +) + parts[2] - 1
        return days * 86400 + parts[3] * 3600 + parts[4] * 60
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// What a clock of the zone shows: `2026-03-29 03:30`.
    static func text(_ time: Int64, in zone: TimeZoneRules) -> String {
        let clock = zone.clock(at: time)
        let parts = [clock.month, clock.day, clock.hour, clock.minute].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(clock.year)-\(parts[0])-\(parts[1]) \(parts[2]):\(parts[3])"
    }
}
