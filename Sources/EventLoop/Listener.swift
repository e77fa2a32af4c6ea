import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A listening socket of one loop.
///
/// The loop keeps it alive until `close()`. Each tick accepts a bounded number of connections, so that a
/// storm of them does not starve the established ones.
public final class Listener: LoopResident {
    static let acceptsPerTick = 64
    static let exhaustionPauseMilliseconds = 100

    /// Descriptors that are never given to clients who wait to be accepted, when so asked.
    public static let descriptorReserve = 32

    /// Where it listens, with the port that the system chose if 0 was asked for.
    public let address: SocketAddress
    /// Called once each time descriptors or memory run out; accepting goes on by itself when they are back.
    public var onExhausted: ((StreamError) -> Void)?
    /// Called when accepting goes on.
    public var onRecovered: (() -> Void)?
    /// Whether to stop accepting while 32 descriptors are left, for links, files and operators.
    public var keepsReserve = false

    private let socket: ListeningSocket
    private unowned(unsafe) let loop: EventLoop
    private var onAccept: ((Int32, SocketAddress) -> Void)?
    private var poll: Poll?
    private var retry: LoopTimer?
    private var isPaused = false
    private var isExhausted = false

    private init(socket: ListeningSocket, loop: EventLoop, onAccept: @escaping (Int32, SocketAddress) -> Void)
        throws(StreamError)
    {
        self.socket = socket
        unsafe self.loop = loop
        self.onAccept = onAccept
        address = socket.address
        do {
            poll = try Poll(descriptor: socket.descriptor, loop: loop, owner: self)
        } catch {
            socket.close()
            throw error
        }
        updateWatch()
    }

    /// Listens on `address` and hands each connection over as a stream, which reads once a handler is
    /// attached.
    ///
    /// `unixPermissions` (0o700) are those of the socket's file from its first moment; nil leaves them to
    /// the umask. The file of a listener that is gone is replaced; one that answers, or a file that is no
    /// socket, is an error. With `reusePort` several loops and processes may listen on one TCP address; the
    /// kernel spreads the connections; and a Unix socket that answers is taken over. A socket that the
    /// service manager has opened for the address is used as it is.
    @discardableResult
    public static func listen(
        on address: SocketAddress, loop: EventLoop, backlog: Int = 4096, reusePort: Bool = false,
        unixPermissions: UInt32? = nil, onAccept: @escaping (Stream) -> Void
    ) throws(StreamError) -> Listener {
        let socket = try ListeningSocket(
            on: address, backlog: backlog, reusePort: reusePort, unixPermissions: unixPermissions)
        return try Listener(socket: socket, loop: loop) { [unowned(unsafe) loop] descriptor, peer in
            guard let stream = unsafe try? Stream(adopting: descriptor, peer: peer, loop: loop) else {
                return
            }
            onAccept(stream)
        }
    }

    /// As `listen(on:loop:backlog:reusePort:unixPermissions:onAccept:)`, handing over the descriptor instead.
    ///
    /// The descriptor is non-blocking, close-on-exec, and the callee's to close; the text is the peer's
    /// address.
    @discardableResult
    public static func listen(
        on address: SocketAddress, loop: EventLoop, backlog: Int = 4096, reusePort: Bool = false,
        unixPermissions: UInt32? = nil, onAcceptDescriptor: @escaping (Int32, String) -> Void
    ) throws(StreamError) -> Listener {
        let socket = try ListeningSocket(
            on: address, backlog: backlog, reusePort: reusePort, unixPermissions: unixPermissions)
        return try Listener(socket: socket, loop: loop) { onAcceptDescriptor($0, $1.description) }
    }

    /// Throws when somebody listens on a TCP address already, even if that one would share it.
    public static func checkFree(_ address: SocketAddress) throws(StreamError) {
        guard address.path == nil, address.port != 0, !InheritedSockets.contains(address) else { return }
        try ListeningSocket(on: address, backlog: 1, reusePort: false, unixPermissions: nil).close()
    }

    /// Stops accepting; connections wait in the kernel's backlog.
    public func pause() {
        isPaused = true
        updateWatch()
    }

    /// Accepts again after `pause()`.
    public func resume() {
        isPaused = false
        updateWatch()
    }

    /// Whether other sockets may listen on the same port.
    public var sharesPort: Bool { socket.isSharedPort && !socket.isInherited }

    /// Sends who connects from now on to a process that began to listen on the same port later, where there
    /// is one; `place` is how many sockets of this process share the port.
    public func divert(place: Int) { socket.divert(after: place) }

    /// Stops listening, after it has accepted whoever has connected already.
    public func closeAfterAccepting() {
        guard poll != nil else { return }
        if !socket.isInherited { acceptAll() }
        close()
    }

    private func acceptAll() {
        while case .success((let descriptor, let peer)) = socket.accept() { onAccept?(descriptor, peer) }
    }

    /// Stops listening and removes the file of a Unix socket; accepted streams live on.
    public func close() {
        guard let poll else { return }
        self.poll = nil
        onAccept = nil
        onExhausted = nil
        onRecovered = nil
        retry?.cancel()
        poll.close()
        socket.close()
    }

    func endWithLoop() { close() }

    private func updateWatch() {
        unsafe poll?.wait(for: isPaused || retry != nil ? [] : .readable) { handle, status, _ in
            unsafe Unmanaged<Listener>.fromOpaque(handle!.pointee.data)
                ._withUnsafeGuaranteedRef { $0.becameReady(status) }
        }
    }

    private func becameReady(_ status: Int32) {
        guard status < 0 else { return acceptSome() }
        let code = SocketOption.takeError(socket.descriptor)
        retryLater(
            because: StreamError(code: code == 0 ? -status : code, context: "cannot listen on \(address)"))
    }

    private func acceptSome() {
        for _ in 0..<Self.acceptsPerTick {
            guard !isPaused, poll != nil else { return }
            switch socket.accept() {
            case .success((let descriptor, let peer)):
                if isExhausted { recovered() }
                onAccept?(descriptor, peer)
                guard keepsReserve, !DescriptorLimit.leaves(Self.descriptorReserve, after: descriptor) else {
                    continue
                }
                return retryLater(
                    because: StreamError(code: EMFILE, context: "cannot accept more on \(address)"))
            case .failure(let error):
                switch error.code {
                case EAGAIN: return
                // What befell the connection while it waited, as accept(2) lists it.
                case ECONNABORTED, EINTR, EPROTO, ENOPROTOOPT, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH,
                    ENONET, EOPNOTSUPP, EPERM:
                    continue
                default: return retryLater(because: error)
                }
            }
        }
    }

    private func recovered() {
        isExhausted = false
        onRecovered?()
    }

    /// Accepting again and again would fail again and again while the connection stays in the backlog: wait
    /// a little.
    private func retryLater(because error: StreamError) {
        guard poll != nil else { return }
        retry = unsafe loop.timer(afterMilliseconds: Self.exhaustionPauseMilliseconds) { [unowned self] in
            retry = nil
            guard !keepsReserve || DescriptorLimit.leaves(Self.descriptorReserve) else {
                return retryLater(because: error)
            }
            updateWatch()
        }
        updateWatch()
        guard !isExhausted else { return }
        isExhausted = true
        onExhausted?(error)
    }
}
