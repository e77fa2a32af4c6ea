import Audit

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The two clocks of a schedule: the one on the wall tells what is due, and the other how long a claim lasts.
enum ScheduleClock {
    /// Milliseconds since 1970; it may jump either way.
    static var wallMilliseconds: Int64 { AuditTime.now().wallMicroseconds / 1000 }

    /// Milliseconds since boot, those in which the process was stopped or the machine slept included.
    static var bootMilliseconds: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
