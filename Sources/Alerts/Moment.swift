#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One moment on both clocks, in milliseconds: the wall's for what is sent, the monotonic one for waiting.
struct Moment: Sendable, Hashable {
    var wall: Int64
    var monotonic: Int64

    static func now() -> Moment {
        Moment(wall: milliseconds(CLOCK_REALTIME), monotonic: milliseconds(CLOCK_MONOTONIC))
    }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// A wall clock's milliseconds as RFC 3339 writes them, in UTC.
    static func text(_ wall: Int64) -> String {
        let seconds = wall >= 0 ? wall / 1000 : (wall - 999) / 1000
        var time = time_t(seconds)
        var parts = unsafe tm()
        unsafe gmtime_r(&time, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        let fraction = String(1000 + (wall - seconds * 1000)).dropFirst()
        return "\(year)-\(two(month))-\(two(day))T\(two(hour)):\(two(minute)):\(two(second)).\(fraction)Z"
    }
}
