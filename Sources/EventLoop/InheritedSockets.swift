import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The listening sockets that a service manager opened and handed over (systemd's LISTEN_FDS).
///
/// Read once; the sockets stay open for as long as the process lives, since whoever connects while nobody
/// accepts waits in them for the next process.
enum InheritedSockets {
    /// The first descriptor that is handed over, by convention.
    private static let first: Int32 = 3

    private static let all: [(address: SocketAddress, descriptor: Int32)] = {
        guard let process = number("LISTEN_PID"), process == getpid(), let count = number("LISTEN_FDS"),
            count > 0
        else { return [] }
        return (first..<first + min(count, 64)).compactMap { descriptor in
            guard SocketAddress.local(of: descriptor) != nil else { return nil }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            return SocketAddress.local(of: descriptor).map { ($0, descriptor) }
        }
    }()

    static func contains(_ address: SocketAddress) -> Bool { all.contains { $0.address == address } }

    /// A descriptor of one's own for the socket that listens on `address`; nil when none was handed over.
    static func descriptor(for address: SocketAddress) -> Int32? {
        guard let found = all.first(where: { $0.address == address }) else { return nil }
        let copy = fcntl(found.descriptor, F_DUPFD_CLOEXEC, 0)
        return copy >= 0 ? copy : nil
    }

    private static func number(_ name: String) -> Int32? {
        guard let text = unsafe getenv(name) else { return nil }
        return Int32(unsafe String(cString: text))
    }
}
