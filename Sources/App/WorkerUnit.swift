import Alerts
import Commands
import Config
import EventLoop
import Invalidation
import Logging
import Metrics
import Naming
import Relay
import Store

/// One worker's thread with all that lives on its loop.
final class WorkerUnit {
    /// How other threads reach the unit.
    struct Handle: Sendable {
        let mailbox: Mailbox
        let unit: LoopBound<WorkerUnit>

        func post(_ body: @escaping @Sendable (WorkerUnit) -> Void) {
            let unit = unit
            mailbox.post { body(unit.value) }
        }
    }

    let worker: Worker
    let loop: EventLoop
    let invalidator: Invalidator
    private let publisher: TallyPublisher
    private let board: Noticeboard
    private var listeners: [Listener] = []
    private var encryption: Encryption
    /// How many sockets of this process share each port.
    private var sharing = 1

    init(
        number: Int, loop: EventLoop, configuration: Configuration, encryption: Encryption, shared: Shared,
        engine: Engine.Door
    ) throws {
        self.loop = loop
        self.encryption = encryption
        worker = Worker(
            number: number, loop: loop, settings: configuration.settings,
            conventions: configuration.conventions,
            commands: .builtin, log: shared.log, board: shared.board)
        board = shared.board
        invalidator = Invalidator(
            worker: worker, reporter: shared.reporter, engine: engine, health: shared.health,
            fallbackHealth: shared.fallbackHealth)
        publisher = TallyPublisher(
            worker: worker, invalidator: invalidator, metrics: shared.metrics, status: shared.status)
        TurnPublisher(loop, name: "worker-\(number)", metrics: shared.metrics).start()
        worker.pool.tls = encryption.upstream
        worker.observer = invalidator
        invalidator.intents = Self.intents(number, loop, configuration.settings, shared)
        worker.onModulesChanged = { engine.post { $0.primary.onModulesChanged?() } }
        worker.pool.onReachable = { [invalidator, loop] reachable, _ in
            if reachable { loop.atTickEnd { invalidator.upstreamBecameReachable() } }
        }
        loop.timer(afterMilliseconds: 100, everyMilliseconds: 250) { [publisher] in publisher.publish() }
    }

    var handle: Handle { Handle(mailbox: loop.mailbox, unit: LoopBound(self, loop: loop)) }

    /// Opens the listeners; a Unix socket belongs to the first worker alone. Returns where they listen.
    func listen(_ settings: Settings) throws -> [String] {
        sharing = settings.workers
        let listening = settings.listen.filter { listen in
            // A Unix socket cannot be shared.
            if case .unix = listen.address { worker.number == 0 } else { true }
        }
        for listen in listening {
            let resolved = try listen.address.resolved()
            // Workers share a port among themselves; other processes only where so configured.
            if worker.number == 0, settings.workers > 1, !settings.reusePort {
                try Listener.checkFree(resolved)
            }
            let mayShare = settings.reusePort || (settings.workers > 1 && resolved.path == nil)
            let listener = try Listener.listen(
                on: resolved, loop: loop, reusePort: mayShare,
                unixPermissions: 0o700,
                onAccept: { [unowned self] (stream: Stream) in accept(stream, isTLS: listen.isTLS) })
            listener.onExhausted = { [worker] error in
                worker.logExhausted("\(error)")
            }
            listener.onRecovered = { [worker] in worker.logRecovered() }
            listener.keepsReserve = true
            board.add(listener: listener.address)
            listeners.append(listener)
        }
        return zip(listeners, listening).map { ($1.isTLS ? "tls://" : "") + "\($0.address)" }
    }

    private func accept(_ stream: Stream, isTLS: Bool) {
        if isTLS {
            guard let context = encryption.clients else { return stream.close() }
            stream.startTLS(context, timeoutMilliseconds: encryption.handshakeMilliseconds) {
                [worker, peer = stream.peer] failure in
                if let failure { worker.noteHandshakeFailure(failure, peer) }
            }
        }
        worker.accept(stream)
    }

    /// Takes a new configuration; connections that are open keep the certificates they began with.
    func reconfigure(_ settings: Settings, _ conventions: Conventions, _ encryption: Encryption) {
        self.encryption = encryption
        worker.pool.tls = encryption.upstream
        worker.reconfigure(settings, conventions)
    }

    func drain() {
        for listener in listeners { listener.divert(place: sharing) }
        worker.drain()
        guard listeners.contains(where: \.sharesPort) else { return closeListeners() }
        // Who has begun to connect here may not have come to the end of it.
        loop.timer(afterMilliseconds: 100) { [weak self] in self?.closeListeners() }
    }

    private func closeListeners() {
        for listener in listeners { listener.closeAfterAccepting() }
        listeners = []
    }

    /// What is still to be done before an orderly stop.
    var unfinished: Int { worker.unfinished + listeners.count }

    func stop() {
        for listener in listeners { listener.close() }
        publisher.publish()
        worker.stop()
        invalidator.intents?.close()
        loop.stop()
    }

    /// A journal for what this worker's writes owe, where anything is to be kept.
    private static func intents(
        _ number: Int, _ loop: EventLoop, _ settings: Settings, _ shared: Shared
    ) -> IntentBook? {
        guard let directory = shared.state.path, settings.cascadeDurability != .no else { return nil }
        let options = IntentJournal.Options(
            directory: directory, worker: number, durability: Durability(settings.cascadeDurability),
            byteLimit: settings.intentJournalLimit)
        let book = IntentBook(loop: loop, options, watch: shared.durability)
        book.audit = shared.reporter.audit
        return book
    }
}

/// What all threads share.
struct Shared: Sendable {
    let log: Logger
    let metrics: MetricsRegistry
    let reporter: Reporter
    let health: IndexHealth
    let fallbackHealth: IndexHealth
    let status: Status
    let board: Noticeboard
    /// What operators have set at run time.
    let rules = RuleShelf()
    let alerts: AlertSender
    let state: StateDirectory
    let durability: DurabilityWatch
}

extension Address {
    /// The address for a listening socket: numeric, `localhost`, or the path of a Unix socket.
    func resolved() throws -> SocketAddress {
        switch self {
        case .unix(let path): return .unix(path)
        case .tcp(let host, let port):
            if let address = SocketAddress.tcp(host == "localhost" ? "127.0.0.1" : host, port: port) {
                return address
            }
            throw StartError(
                "cannot listen on '\(self)': expected an address such as 127.0.0.1 or [::1], or localhost"
            )
        }
    }
}

/// Why the program cannot start.
public struct StartError: Error, CustomStringConvertible, Sendable {
    public let description: String
    init(_ description: String) { self.description = description }
}
