#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One relayed connection: a client's socket, a server's, and what flows between them.
struct FaultRoute {
    let identifier: Int
    private let client: Int32
    private let server: Int32
    private var toServer: FaultFlow
    private var toClient: FaultFlow
    private(set) var isClosed = false
    private var turns = 0
    /// Whether the server has got bytes since it last sent some.
    private var isAsked = false

    init(
        _ identifier: Int, client: Int32, server: Int32,
        _ faults: (toServer: FaultProxy.Faults, toClient: FaultProxy.Faults)
    ) {
        self.identifier = identifier
        self.client = client
        self.server = server
        toServer = FaultFlow(from: client, to: server, faults.toServer)
        toClient = FaultFlow(from: server, to: client, faults.toClient)
    }

    var summary: FaultProxy.Connection {
        FaultProxy.Connection(
            identifier: identifier, bytesToServer: toServer.forwarded, bytesToClient: toClient.forwarded,
            turns: turns)
    }

    /// What the relay must watch, client first; a socket that nothing is wanted of is left out, since its
    /// hang-up would be reported without end.
    var interests: [pollfd] {
        [
            Self.interest(client, input: toServer.wantsInput, output: toClient.wantsOutput),
            Self.interest(server, input: toClient.wantsInput, output: toServer.wantsOutput),
        ]
    }

    private static func interest(_ descriptor: Int32, input: Bool, output: Bool) -> pollfd {
        let events = (input ? POLLIN : 0) | (output ? POLLOUT : 0)
        return pollfd(fd: events == 0 ? -1 : descriptor, events: Int16(events), revents: 0)
    }

    /// When something can be passed on without a socket becoming ready, in microseconds.
    var nextTurn: Int? { [toServer.nextTurn, toClient.nextTurn].compactMap { $0 }.min() }

    mutating func change(_ direction: FaultProxy.Direction?, _ change: (inout FaultProxy.Faults) -> Void) {
        if direction != .toClient { toServer.change(change) }
        if direction != .toServer { toClient.change(change) }
    }

    /// Moves what can be moved.
    mutating func turn(clientEvents: Int32, serverEvents: Int32) {
        let now = SystemCall.monotonicMicroseconds()
        let before = (toServer.forwarded, toClient.forwarded)
        defer { countTurns(since: before) }
        if clientEvents & ~POLLOUT != 0 { obey(toServer.receive(now: now)) }
        if serverEvents & ~POLLOUT != 0 { obey(toClient.receive(now: now)) }
        guard !isClosed else { return }
        obey(toServer.forward(now: now, receiverIsReady: serverEvents & ~POLLIN != 0))
        guard !isClosed else { return }
        obey(toClient.forward(now: now, receiverIsReady: clientEvents & ~POLLIN != 0))
        if toServer.isFinished, toClient.isFinished { cut(.close) }
    }

    private mutating func countTurns(since before: (toServer: Int, toClient: Int)) {
        if isAsked, toClient.forwarded > before.toClient {
            turns += 1
            isAsked = false
        }
        if toServer.forwarded > before.toServer { isAsked = true }
    }

    mutating func halfClose(_ direction: FaultProxy.Direction) {
        if direction == .toServer { toServer.finish() } else { toClient.finish() }
    }

    private mutating func obey(_ outcome: FaultFlow.Outcome) {
        if case .cut(let cut) = outcome { self.cut(cut) }
    }

    mutating func cut(_ cut: FaultProxy.Cut) {
        guard !isClosed else { return }
        if cut == .silence { return change(nil) { $0.isStalled = true } }
        isClosed = true
        for descriptor in [client, server] {
            if cut == .reset { Self.makeCloseReset(descriptor) }
            close(descriptor)
        }
    }

    /// Lets `close` send RST at once instead of FIN.
    private static func makeCloseReset(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        let length = socklen_t(MemoryLayout<linger>.size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, length)
    }
}
