#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A moment by both clocks: the wall clock for people, the monotonic one because the wall clock jumps.
public struct AuditTime: Sendable, Hashable {
    /// Microseconds since 1970, UTC.
    public let wallMicroseconds: Int64
    /// Nanoseconds since boot.
    public let monotonicNanoseconds: Int64

    public init(wallMicroseconds: Int64, monotonicNanoseconds: Int64) {
        self.wallMicroseconds = wallMicroseconds
        self.monotonicNanoseconds = monotonicNanoseconds
    }

    public static func now() -> AuditTime {
        var wall = timespec()
        var monotonic = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &wall)
        unsafe clock_gettime(CLOCK_MONOTONIC, &monotonic)
        return AuditTime(
            wallMicroseconds: Int64(wall.tv_sec) * 1_000_000 + Int64(wall.tv_nsec) / 1000,
            monotonicNanoseconds: Int64(monotonic.tv_sec) * 1_000_000_000 + Int64(monotonic.tv_nsec))
    }

    /// The wall clock's reading as RFC 3339 in UTC with microseconds: `2026-11-23T11:33:08.000001Z`.
    public var text: String {
        var seconds = wallMicroseconds / 1_000_000
        var micros = wallMicroseconds % 1_000_000
        if micros < 0 {
            micros += 1_000_000
            seconds -= 1
        }
        let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
        let second = seconds - days * 86400
        let clock = [second / 3600, second / 60 % 60, second % 60].map { Self.padded($0, 2) }
        return Self.date(days) + "T" + clock.joined(separator: ":") + "." + Self.padded(micros, 6) + "Z"
    }

    /// The Gregorian date so many days after 1970-01-01, counted in eras of 400 years that begin in March.
    private static func date(_ days: Int64) -> String {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = "\(value)"
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
