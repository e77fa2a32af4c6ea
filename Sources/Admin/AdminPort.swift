public import EventLoop

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The operators' port: RESP and HTTP on one address, told apart by the first bytes, which stay unread.
public final class AdminPort {
    static let maxSessions = 256

    private let loop: EventLoop
    private let verbs: AdminVerbs
    private let http: HTTPServer
    private var listener: Listener?
    /// How many RESP connections there were, so that each has a number of its own.
    private var served = 0
    private var sessions: [ObjectIdentifier: AdminSession] = [:]
    private var undecided: [Int32: DescriptorWatch] = [:]

    public init(loop: EventLoop, verbs: AdminVerbs, http: HTTPServer) {
        self.loop = loop
        self.verbs = verbs
        self.http = http
    }

    /// Begins to listen and returns the address, with the port that the system chose if 0 was asked for.
    ///
    /// With `reusePort` another process may listen there as well.
    public func listen(on address: SocketAddress, reusePort: Bool = false) throws(StreamError)
        -> SocketAddress
    {
        let listener = try Listener.listen(
            on: address, loop: loop, reusePort: reusePort, unixPermissions: 0o700,
            onAcceptDescriptor: { [weak self] (descriptor: Int32, peer: String) in
                self?.accepted(descriptor, peer)
            })
        self.listener = listener
        return listener.address
    }

    /// Sends who connects from now on to a process that began to listen on the same port later.
    public func divert() { listener?.divert(place: 1) }

    public func close() {
        listener?.close()
        for (descriptor, watch) in undecided {
            watch.cancel()
            closeSocket(descriptor)
        }
        undecided = [:]
        for session in Array(sessions.values) { session.close() }
    }

    private func accepted(_ descriptor: Int32, _ peer: String) {
        guard sessions.count + undecided.count < Self.maxSessions,
            let watch = try? DescriptorWatch(
                descriptor: descriptor, loop: loop,
                onReadable: { [weak self] in self?.decide(descriptor, peer) })
        else { return closeSocket(descriptor) }
        undecided[descriptor] = watch
        loop.timer(afterMilliseconds: 10_000) { [weak self, weak watch] in
            guard let self, let watch, undecided[descriptor] === watch else { return }
            drop(descriptor)
            closeSocket(descriptor)
        }
    }

    private func drop(_ descriptor: Int32) {
        undecided.removeValue(forKey: descriptor)?.cancel()
    }

    /// Looks at the first bytes without taking them: an HTTP method, or RESP.
    private func decide(_ descriptor: Int32, _ peer: String) {
        var first: [UInt8] = [0, 0, 0, 0, 0]
        let count = unsafe recv(descriptor, &first, 5, Int32(MSG_PEEK | MSG_DONTWAIT))
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            drop(descriptor)
            return closeSocket(descriptor)
        }
        guard let isHTTP = Self.isHTTP(first.prefix(count)) else { return }
        drop(descriptor)
        if isHTTP { http.add(descriptor: descriptor) } else { serve(descriptor, peer) }
    }

    /// Nil while the bytes could still become either.
    static func isHTTP(_ bytes: ArraySlice<UInt8>) -> Bool? {
        for method in ["GET /", "HEAD ", "POST ", "PUT /", "DELET", "OPTIO", "PATCH", "TRACE", "CONNE"] {
            if method.utf8.elementsEqual(bytes) { return true }
            if method.utf8.starts(with: bytes) { return nil }
        }
        return false
    }

    private func serve(_ descriptor: Int32, _ peer: String) {
        let address = SocketAddress(peer) ?? .unix(peer)
        served += 1
        guard let stream = try? Stream(adopting: descriptor, peer: address, loop: loop) else { return }
        let session = AdminSession(stream: stream, number: served, verbs: verbs) { [weak self] session in
            self?.sessions[ObjectIdentifier(session)] = nil
        }
        sessions[ObjectIdentifier(session)] = session
        stream.attach(session)
    }

    private func closeSocket(_ descriptor: Int32) { _ = Glibc.close(descriptor) }
}
