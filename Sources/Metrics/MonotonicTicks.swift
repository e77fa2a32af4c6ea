#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Tenths of a second since boot, which no change of the wall clock disturbs.
enum MonotonicTicks {
    static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 10 + UInt64(time.tv_nsec) / 100_000_000
    }
}
