#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A relay between a client and a server that a test can make late, slow, silent or broken while it runs.
///
///     let line = try FaultProxy(to: redis.tcp)
///     let proxy = try FreshetProcess(upstream: line.endpoint)
///     line.set(.toClient) { $0.sliceBytes = 1; $0.slicePauseMicroseconds = 100 }
///     line.stall(.toServer); ...; line.resume(.toServer)
///     line.reset(line.connections[0].identifier)
///     line.heal()
///
/// It knows nothing of what it relays. One thread serves all its connections; what a method asks for has
/// happened when it returns, as far as the relay itself is concerned: the peers learn of it from the kernel.
/// Where a method takes a connection's identifier, nil means every connection; where it takes a direction,
/// nil means both. Without faults it is transparent: ends, half-closes and resets are passed on as well.
public final class FaultProxy: Sendable {
    public enum Direction: Sendable, CaseIterable { case toServer, toClient }

    /// How a connection is cut.
    public enum Cut: Sendable {
        /// RST to both peers. A Unix socket has none: its peers see an end, or an error if they were sending.
        case reset
        /// FIN to both peers; what was on its way is lost.
        case close
        /// Nothing at all: the sockets stay open and nothing passes any more.
        case silence
    }

    /// What happens to the bytes of one direction; a new one does nothing to them.
    public struct Faults: Sendable, Equatable {
        /// How long bytes are under way, in milliseconds.
        public var latencyMilliseconds = 0
        /// At most so many bytes are passed on at a time; nil for all there are.
        public var sliceBytes: Int?
        /// The pause between slices, in microseconds; without one, slices may reach the peer together.
        public var slicePauseMicroseconds = 0
        /// Nothing is read or passed on; the sender's own buffers fill.
        public var isStalled = false
        /// The connection is cut after so many more bytes of this direction; counted for each connection.
        public var bytesUntilCut: Int?
        public var cut = Cut.reset

        public init() {}
    }

    /// A connection that is being relayed.
    public struct Connection: Sendable {
        /// Ascending in the order of accepting.
        public let identifier: Int
        /// Bytes passed on so far.
        public let bytesToServer: Int
        public let bytesToClient: Int
        /// How often bytes to the client followed bytes to the server: round trips.
        public let turns: Int
    }

    /// Where clients of the relay connect.
    public let endpoint: Endpoint
    private let relay: FaultRelay
    private let directory: TemporaryDirectory?
    private let thread = Threads()

    /// Listens on a free port, or on a socket file if `target` is one, and relays to `target`.
    public init(to target: Endpoint) throws {
        switch target {
        case .tcp:
            directory = nil
            endpoint = .tcp(try Endpoint.freePort())
        case .unix:
            let directory = try TemporaryDirectory()
            self.directory = directory
            endpoint = .unix(directory.path + "/line.sock")
        }
        let relay = try FaultRelay(from: endpoint, to: target)
        self.relay = relay
        thread.start { try relay.run() }
    }

    deinit {
        relay.stop()
        try? thread.join()
    }

    /// The connections open now, oldest first.
    public var connections: [Connection] { relay.withRoutes { $0.map(\.summary) } }

    /// How many connections have been accepted so far, closed ones included.
    public var accepted: Int { relay.accepted }

    /// Changes the faults of connections, those to come included when no identifier is given.
    public func set(
        _ direction: Direction? = nil, of identifier: Int? = nil, _ change: (inout Faults) -> Void
    ) {
        relay.change(direction, of: identifier, change)
    }

    public func stall(_ direction: Direction? = nil, of identifier: Int? = nil) {
        set(direction, of: identifier) { $0.isStalled = true }
    }

    public func resume(_ direction: Direction? = nil, of identifier: Int? = nil) {
        set(direction, of: identifier) { $0.isStalled = false }
    }

    /// Ends every fault, and accepts connections again.
    public func heal() throws {
        set { $0 = Faults() }
        try acceptConnections()
    }

    /// Cuts connections at once.
    public func cut(_ identifier: Int? = nil, _ cut: Cut) { relay.cut(identifier, cut) }

    public func reset(_ identifier: Int? = nil) { cut(identifier, .reset) }

    public func close(_ identifier: Int? = nil) { cut(identifier, .close) }

    /// Tells the receiver of a direction that nothing more will come; what was on its way is lost.
    public func halfClose(_ direction: Direction, of identifier: Int? = nil) {
        relay.halfClose(direction, of: identifier)
    }

    /// Refuses new connections as if nobody listened; open ones stay.
    public func refuseConnections() { relay.refuseConnections() }

    /// Listens again, on the same endpoint.
    public func acceptConnections() throws { try relay.acceptConnections() }
}
