#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The few system calls that several files here need, in a shape that Swift can use.
enum SystemCall {
    static func message(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }

    /// Milliseconds of a clock that never goes back.
    static func monotonicMilliseconds() -> Int { monotonicMicroseconds() / 1000 }

    static func monotonicMicroseconds() -> Int {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
    }

    /// Waits until `descriptor` is ready for `events`; false when `deadline` (monotonic milliseconds) passes
    /// first.
    static func waitReady(_ descriptor: Int32, events: Int32, deadline: Int) -> Bool {
        while true {
            let remaining = max(0, deadline - monotonicMilliseconds())
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = unsafe poll(&entry, 1, Int32(min(remaining, 1000)))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
            if remaining == 0 { return false }
        }
    }

    static func pauseMicroseconds(_ microseconds: UInt32) { _ = usleep(microseconds) }
}
