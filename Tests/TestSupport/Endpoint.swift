#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import Synchronization

/// Where a server listens.
public enum Endpoint: Sendable, Hashable {
    /// A port on 127.0.0.1.
    case tcp(UInt16)
    case unix(String)

    /// The endpoint as the `upstream` directive takes it.
    public var upstream: String {
        switch self {
        case .tcp(let port): "redis://127.0.0.1:\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }

    /// A port that nobody listens on at the time of asking.
    public static func freePort() throws -> UInt16 {
        while true {
            let port = try anyFreePort()
            if givenPorts.withLock({ $0.insert(port).inserted }) { return port }
        }
    }

    /// Ports given out in this run: the kernel may name one again before its server has taken it.
    private static let givenPorts = Mutex<Set<UInt16>>([])

    private static func anyFreePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, length) | getsockname(descriptor, generic, &length)
            }
        }
        guard code == 0 else { throw SupportError.system("cannot find a free port", code: errno) }
        return UInt16(bigEndian: address.sin_port)
    }

    /// A connected, non-blocking socket.
    package func connectedSocket() throws -> Int32 {
        let family = if case .tcp = self { AF_INET } else { AF_UNIX }
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SupportError.system("cannot open a socket", code: errno) }
        let code = connect(descriptor)
        guard code == 0 else {
            let reason = errno
            close(descriptor)
            throw SupportError.system("cannot connect to \(self)", code: reason)
        }
        if case .tcp = self { Self.disableDelay(descriptor) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// A listening socket; `isBlocking` says whether accepting from it waits.
    package func listeningSocket(isBlocking: Bool = false) throws -> Int32 {
        let family = if case .tcp = self { AF_INET } else { AF_UNIX }
        var kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        if !isBlocking { kind |= Int32(SOCK_NONBLOCK.rawValue) }
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw SupportError.system("cannot open a socket", code: errno) }
        var yes: Int32 = 1
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(4))
        let code = unsafe withAddress { unsafe bindSocket(descriptor, $0, $1) }
        guard code == 0, listen(descriptor, 512) == 0 else {
            let reason = errno
            close(descriptor)
            throw SupportError.system("cannot listen on \(self)", code: reason)
        }
        return descriptor
    }

    /// Closes a listening socket, and removes its file.
    func stopListening(_ descriptor: Int32) {
        close(descriptor)
        if case .unix(let path) = self { unsafe unlink(path) }
    }

    /// Lets small pieces leave at once.
    static func disableDelay(_ descriptor: Int32) {
        var yes: Int32 = 1
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(4))
    }

    private func connect(_ descriptor: Int32) -> Int32 {
        unsafe withAddress { unsafe connectSocket(descriptor, $0, $1) }
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        switch self {
        case .tcp(let port): return unsafe withSocketAddress(Self.loopback(port: port), body)
        case .unix(let path):
            return unsafe withSocketAddress(Self.unix(path: path), body)
        }
    }

    private static func unix(path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8.prefix(107))
        }
        return address
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}

private func withSocketAddress<Address>(
    _ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    unsafe withUnsafePointer(to: address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<Address>.size))
        }
    }
}

/// The system's `connect`, which `Endpoint.connect` hides.
private func connectSocket(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t)
    -> Int32
{
    unsafe connect(descriptor, address, length)
}

/// The system's `bind`, in the shape of `connectSocket`.
private func bindSocket(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t)
    -> Int32
{
    unsafe bind(descriptor, address, length)
}
