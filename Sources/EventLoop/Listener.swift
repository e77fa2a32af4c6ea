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

    /// Where it listens, with the port that the system chose if 0 was asked for.
    public let address: SocketAddress
    /// Called once each time descriptors or memory run out; accepting goes on by itself when they are back.
    public var onExhausted: ((StreamError) -> Void)?

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
    /// socket, is an error. With `reusePort` several loops may listen on one TCP address; the kernel
    /// spreads the connections.
    @discardableResult
    public static func listen(
        on address: SocketAddress, loop: EventLoop, backlog: Int = 511, reusePort: Bool = false,
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
        on address: SocketAddress, loop: EventLoop, backlog: Int = 511, reusePort: Bool = false,
        unixPermissions: UInt32? = nil, onAcceptDescriptor: @escaping (Int32, String) -> Void
    ) throws(StreamError) -> Listener {
        let socket = try ListeningSocket(
            on: address, backlog: backlog, reusePort: reusePort, unixPermissions: unixPermissions)
        return try Listener(socket: socket, loop: loop) { onAcceptDescriptor($0, $1.description) }
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

    /// Stops listening and removes the file of a Unix socket; accepted streams live on.
    public func close() {
        guard let poll else { return }
        self.poll = nil
        onAccept = nil
        onExhausted = nil
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
                isExhausted = false
                onAccept?(descriptor, peer)
            case .failure(let error):
                switch error.code {
                case ECONNABORTED, EINTR: continue
                case EAGAIN: return
                default: return retryLater(because: error)
                }
            }
        }
    }

    /// Accepting again and again would fail again and again while the connection stays in the backlog: wait
    /// a little.
    private func retryLater(because error: StreamError) {
        retry = unsafe loop.timer(afterMilliseconds: Self.exhaustionPauseMilliseconds) { [unowned self] in
            retry = nil
            updateWatch()
        }
        updateWatch()
        guard !isExhausted else { return }
        isExhausted = true
        onExhausted?(error)
    }
}
