#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// The system's names, under others because the type below has methods of these names.
#if canImport(Glibc)
    private let systemAccept = unsafe Glibc.accept
    private let systemBind = unsafe Glibc.bind
    private let systemListen = Glibc.listen
#else
    private let systemAccept = unsafe Musl.accept
    private let systemBind = unsafe Musl.bind
    private let systemListen = Musl.listen
#endif

/// The system's side of a listener: bind, listen, accept, and the file of a Unix socket.
struct ListeningSocket {
    let descriptor: Int32
    let address: SocketAddress
    /// Whether the service manager opened it and keeps it open: what waits in it waits for the next process.
    let isInherited: Bool
    /// Whether other processes may listen on the address beside this one.
    let isSharedPort: Bool
    /// The identity of the Unix socket's file, so that only our own is removed.
    private var file: FileIdentity?

    init(on wanted: SocketAddress, backlog: Int, reusePort: Bool, unixPermissions: UInt32?)
        throws(StreamError)
    {
        isSharedPort = reusePort && wanted.path == nil
        if let inherited = InheritedSockets.descriptor(for: wanted) {
            isInherited = true
            descriptor = inherited
            address = wanted
            return
        }
        isInherited = false
        if let path = wanted.path { try UnixSocketFile.removeStale(path, mayBeLive: reusePort) }
        // A socket's file with a listener behind it is replaced in one step, by a name beside it.
        let bound = wanted.path.map { reusePort ? .unix("\($0).\(getpid())") : wanted } ?? wanted
        let descriptor = try SocketOption.makeSocket(wanted.family)
        do throws(StreamError) {
            try Self.bind(descriptor, to: bound, reusePort: reusePort, unixPermissions: unixPermissions)
            guard systemListen(descriptor, Int32(clamping: backlog)) == 0 else {
                throw StreamError.last("cannot listen on \(wanted)")
            }
            if let path = wanted.path, let from = bound.path, from != path {
                guard unsafe rename(from, path) == 0 else {
                    throw StreamError.last("cannot listen on \(wanted)")
                }
            }
        } catch {
            closeDescriptor(descriptor)
            throw error
        }
        if isSharedPort { SharedPort.spread(descriptor) }
        self.descriptor = descriptor
        address = wanted.path == nil ? SocketAddress.local(of: descriptor) ?? wanted : wanted
        file = wanted.path.flatMap { UnixSocketFile.status($0)?.identity }
    }

    /// Sends who connects from now on to a process that began to listen on the same address later.
    func divert(after place: Int) {
        if isSharedPort, !isInherited { SharedPort.divert(descriptor, to: place) }
    }

    private static func bind(
        _ descriptor: Int32, to address: SocketAddress, reusePort: Bool, unixPermissions: UInt32?
    ) throws(StreamError) {
        if address.family != AF_UNIX {
            SocketOption.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            if reusePort { SocketOption.set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
        }
        // As Redis does, so that `0.0.0.0` and `[::]` can be listed side by side.
        if address.family == AF_INET6 { SocketOption.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        let mask = address.family == AF_UNIX ? unixPermissions.map { umask(~$0 & 0o777) } : nil
        let code = unsafe address.withSystemAddress { address, count in
            unsafe systemBind(descriptor, address, count) == 0 ? 0 : errno
        }
        if let mask { _ = umask(mask) }
        guard code == 0 else {
            throw StreamError(code: code ?? ENAMETOOLONG, context: "cannot listen on \(address)")
        }
    }

    /// Accepts one connection, non-blocking and close-on-exec (`accept4` is not visible to Swift).
    func accept() -> Result<(Int32, SocketAddress), StreamError> {
        var memory = sockaddr_storage()
        var count = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let accepted = unsafe withUnsafeMutablePointer(to: &memory) { pointer in
            let address = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return unsafe systemAccept(descriptor, address, &count)
        }
        guard accepted >= 0 else { return .failure(.last("cannot accept a connection on \(address)")) }
        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
        _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
        guard address.path == nil, let peer = SocketAddress(memory, count: count) else {
            return .success((accepted, address))
        }
        return .success((accepted, peer))
    }

    func close() {
        if !isInherited, let path = address.path, let file { UnixSocketFile.remove(path, ifStill: file) }
        closeDescriptor(descriptor)
    }
}
