import EventLoop

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Tells systemd how the process is doing (sd_notify): one datagram to the socket that it names.
///
/// Where there is no such socket, nothing happens.
struct Supervisor {
    private let path: String?
    /// Within how many milliseconds the manager wants to hear that the process is well; nil when it does not.
    let watchdogMilliseconds: Int?

    init() {
        path = Self.variable("NOTIFY_SOCKET").flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isMeant = Self.variable("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        let microseconds = Self.variable("WATCHDOG_USEC").flatMap { Int($0) } ?? 0
        watchdogMilliseconds = isMeant && microseconds >= 2000 ? microseconds / 1000 : nil
    }

    /// Sends lines such as `READY=1`; a manager that is not there is not missed.
    func tell(_ lines: String) {
        guard let path else { return }
        #if canImport(Glibc)
            let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        #else
            let type = SOCK_DGRAM | SOCK_CLOEXEC
        #endif
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return }
        defer { _ = close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A name that begins with @ is an abstract one, whose first byte is NUL.
        let name = Array(path.utf8).map { $0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            unsafe bytes.copyBytes(from: name[0] == 0x40 ? [0] + name.dropFirst() : name)
        }
        let count = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let text = Array(lines.utf8)
        unsafe withUnsafePointer(to: address) { pointer in
            let generic = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            _ = unsafe sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), generic, count)
        }
    }

    /// The clock that RELOADING=1 must be stamped with.
    static var monotonicMicroseconds: Int {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
    }

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
