#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import Synchronization

/// The thread behind a `FaultProxy`: it waits for sockets and turns of its routes, and moves bytes.
///
/// The lock is held while routes change and not while the thread waits; whoever changes one wakes it.
final class FaultRelay: Sendable {
    private struct State {
        /// Nil while connections are refused.
        var listener: Int32?
        var routes: [FaultRoute] = []
        var toServer = FaultProxy.Faults()
        var toClient = FaultProxy.Faults()
        var accepted = 0
        var isStopped = false
    }

    private let endpoint: Endpoint
    private let target: Endpoint
    private let wakeRead: Int32
    private let wakeWrite: Int32
    private let state: Mutex<State>
    /// How often the thread has stopped waiting.
    private let waits = Atomic(0)

    init(from endpoint: Endpoint, to target: Endpoint) throws {
        self.endpoint = endpoint
        self.target = target
        var ends: [Int32] = [-1, -1]
        let code = Spawn.betweenStarts {
            let code = unsafe pipe(&ends)
            for end in ends where code == 0 { Self.prepare(end) }
            return code
        }
        guard code == 0 else { throw SupportError.system("cannot open a pipe", code: errno) }
        (wakeRead, wakeWrite) = (ends[0], ends[1])
        state = Mutex(State(listener: try endpoint.listeningSocket()))
    }

    deinit {
        close(wakeRead)
        close(wakeWrite)
    }

    // MARK: What a test asks for

    var accepted: Int { state.withLock { $0.accepted } }

    func withRoutes<Result: Sendable>(_ body: ([FaultRoute]) -> Result) -> Result {
        state.withLock { body($0.routes) }
    }

    func change(
        _ direction: FaultProxy.Direction?, of identifier: Int?, _ change: (inout FaultProxy.Faults) -> Void
    ) {
        forEachRoute(identifier) { $0.change(direction, change) }
        guard identifier == nil else { return }
        state.withLock {
            if direction != .toClient { change(&$0.toServer) }
            if direction != .toServer { change(&$0.toClient) }
        }
    }

    func cut(_ identifier: Int?, _ cut: FaultProxy.Cut) {
        forEachRoute(identifier) { $0.cut(cut) }
        waitForCloses()
    }

    func halfClose(_ direction: FaultProxy.Direction, of identifier: Int?) {
        forEachRoute(identifier) { $0.halfClose(direction) }
    }

    func refuseConnections() {
        state.withLock {
            if let listener = $0.listener { endpoint.stopListening(listener) }
            $0.listener = nil
        }
        waitForCloses()
    }

    func acceptConnections() throws {
        try state.withLock { state in
            if state.listener == nil { state.listener = try endpoint.listeningSocket() }
        }
        wake()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wake()
    }

    private func forEachRoute(_ identifier: Int?, _ body: (inout FaultRoute) -> Void) {
        state.withLock { state in
            for index in state.routes.indices
            where identifier == nil || state.routes[index].identifier == identifier {
                body(&state.routes[index])
            }
            state.routes.removeAll(where: \.isClosed)
        }
        wake()
    }

    private func wake() {
        var byte: UInt8 = 0
        _ = unsafe write(wakeWrite, &byte, 1)
    }

    /// The kernel keeps a closed socket while the thread still waits for it, or a new process has a copy.
    private func waitForCloses() {
        let before = waits.load(ordering: .sequentiallyConsistent)
        wake()
        while waits.load(ordering: .sequentiallyConsistent) == before { SystemCall.pauseMicroseconds(20) }
        Spawn.waitForStarts()
    }

    // MARK: The thread

    func run() throws {
        while let wait = state.withLock({ Self.interests(&$0) }) {
            var descriptors = [pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0)] + wait.descriptors
            Self.wait(&descriptors, until: wait.nextTurn)
            waits.add(1, ordering: .sequentiallyConsistent)
            var drained = [UInt8](repeating: 0, count: 256)
            if descriptors[0].revents != 0 { _ = unsafe read(wakeRead, &drained, drained.count) }
            let events = descriptors.dropFirst().map { Int32($0.revents) }
            state.withLock { turn(&$0, wait.identifiers, events) }
        }
        state.withLock { state in
            for index in state.routes.indices { state.routes[index].cut(.close) }
            if let listener = state.listener { endpoint.stopListening(listener) }
            state.listener = nil
        }
    }

    private struct Interests {
        let identifiers: [Int]
        /// The listener's, then two of each route.
        let descriptors: [pollfd]
        let nextTurn: Int?
    }

    /// Nil once the relay is stopped.
    private static func interests(_ state: inout State) -> Interests? {
        guard !state.isStopped else { return nil }
        let listener = pollfd(fd: state.listener ?? -1, events: Int16(POLLIN), revents: 0)
        return Interests(
            identifiers: state.routes.map(\.identifier),
            descriptors: [listener] + state.routes.flatMap(\.interests),
            nextTurn: state.routes.compactMap(\.nextTurn).min())
    }

    /// `poll` counts milliseconds, pauses between slices are shorter.
    private static func wait(_ descriptors: inout [pollfd], until turn: Int?) {
        let microseconds = turn.map { max(0, $0 - SystemCall.monotonicMicroseconds()) } ?? 1_000_000
        if microseconds < 1000 { SystemCall.pauseMicroseconds(UInt32(microseconds)) }
        let limit = Int32(min(microseconds / 1000, 1000))
        guard unsafe poll(&descriptors, nfds_t(descriptors.count), limit) < 0 else { return }
        for index in descriptors.indices { descriptors[index].revents = 0 }
    }

    /// Routes may have been added or removed since `identifiers` were asked for, in order in both.
    private func turn(_ state: inout State, _ identifiers: [Int], _ events: [Int32]) {
        guard !state.isStopped else { return }
        var asked = 0
        for index in state.routes.indices {
            let identifier = state.routes[index].identifier
            while asked < identifiers.count, identifiers[asked] < identifier { asked += 1 }
            guard asked < identifiers.count, identifiers[asked] == identifier else { break }
            state.routes[index].turn(
                clientEvents: events[1 + 2 * asked], serverEvents: events[2 + 2 * asked])
        }
        state.routes.removeAll(where: \.isClosed)
        if events[0] != 0 { acceptOne(&state) }
    }

    private func acceptOne(_ state: inout State) {
        guard let listener = state.listener else { return }
        let client = Spawn.betweenStarts {
            let client = accept(listener, nil, nil)
            if client >= 0 { Self.prepare(client) }
            return client
        }
        guard client >= 0 else { return }
        if case .tcp = endpoint { Endpoint.disableDelay(client) }
        guard let server = try? target.connectedSocket() else {
            close(client)
            return
        }
        state.accepted += 1
        state.routes.append(
            FaultRoute(
                state.accepted, client: client, server: server, (state.toServer, state.toClient)))
    }

    private static func prepare(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }
}
