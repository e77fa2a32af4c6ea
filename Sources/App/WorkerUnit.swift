import Commands
import Config
import EventLoop
import Invalidation
import Logging
import Metrics
import Naming
import Relay

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
    private let invalidator: Invalidator
    private let publisher: TallyPublisher
    private var listeners: [Listener] = []

    init(
        number: Int, loop: EventLoop, configuration: Configuration, shared: Shared, engine: Engine.Door
    ) {
        self.loop = loop
        worker = Worker(
            number: number, loop: loop, settings: configuration.settings,
            conventions: configuration.conventions,
            commands: .builtin, log: shared.log)
        invalidator = Invalidator(
            worker: worker, reporter: shared.reporter, engine: engine, health: shared.health)
        publisher = TallyPublisher(worker: worker, metrics: shared.metrics, status: shared.status)
        worker.observer = invalidator
        worker.onModulesChanged = { engine.post { $0.onModulesChanged?() } }
        worker.pool.onReachable = { [invalidator, loop] reachable, _ in
            if reachable { loop.atTickEnd { invalidator.upstreamBecameReachable() } }
        }
        loop.timer(afterMilliseconds: 100, everyMilliseconds: 250) { [publisher] in publisher.publish() }
    }

    var handle: Handle { Handle(mailbox: loop.mailbox, unit: LoopBound(self, loop: loop)) }

    /// Opens the listeners; a Unix socket belongs to the first worker alone. Returns where they listen.
    func listen(_ settings: Settings) throws -> [String] {
        for address in settings.listen {
            if case .unix = address, worker.number > 0 { continue }
            let listener = try Listener.listen(
                on: try address.resolved(), loop: loop, reusePort: settings.workers > 1,
                unixPermissions: 0o700,
                onAccept: { [worker] (stream: Stream) in worker.accept(stream) })
            listener.onExhausted = { [worker] error in
                worker.logExhausted("\(error)")
            }
            listeners.append(listener)
        }
        return listeners.map { "\($0.address)" }
    }

    func drain() {
        for listener in listeners { listener.close() }
        listeners = []
        worker.drain()
    }

    func stop() {
        for listener in listeners { listener.close() }
        publisher.publish()
        worker.stop()
        loop.stop()
    }
}

/// What all threads share.
struct Shared: Sendable {
    let log: Logger
    let metrics: MetricsRegistry
    let reporter: Reporter
    let health: IndexHealth
    let status: Status
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
