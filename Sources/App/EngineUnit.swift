import Admin
import Alerts
import Audit
import Bytes
import Commands
import Config
import EventLoop
import Invalidation
import Relay
import Store

/// The engine's thread: background work and the operators' port.
final class EngineUnit {
    struct Handle: Sendable {
        let mailbox: Mailbox
        let unit: LoopBound<EngineUnit>
        let door: Engine.Door
        /// Where accepted work is kept; nil where that is in memory only.
        let store: ItemStore?

        func post(_ body: @escaping @Sendable (EngineUnit) -> Void) {
            let unit = unit
            mailbox.post { body(unit.value) }
        }
    }

    let loop: EventLoop
    let engine: Engine
    private let shared: Shared
    private var port: AdminPort?
    private var recovery: IntentRecovery?
    private var store: ItemStore?

    init(loop: EventLoop, configuration: Configuration, encryption: Encryption, shared: Shared) {
        self.loop = loop
        self.shared = shared
        engine = Engine(
            loop: loop, settings: configuration.settings, conventions: configuration.conventions,
            reporter: shared.reporter, health: shared.health, fallbackHealth: shared.fallbackHealth,
            metrics: shared.metrics, log: shared.log,
            board: shared.board)
        TurnPublisher(loop, name: "engine", metrics: shared.metrics).start()
        engine.alerts = shared.alerts
        for side in engine.sides { side.pool.tls = encryption.upstream }
        openStore(configuration.settings)
    }

    /// Opens what the queue is kept in; what a killed process has left is taken over once the directory
    /// is this process's own.
    private func openStore(_ settings: Settings) {
        let (watch, door) = (shared.durability, engine.door)
        guard let directory = shared.state.path else {
            if let problem = shared.state.problem { watch.unavailable(problem) }
            return
        }
        let recovery = IntentRecovery(engine: engine, directory: directory, watch: watch)
        self.recovery = recovery
        let place = LoopBound(recovery, loop: loop)
        let options = ItemStore.Options(
            directory: directory, durability: Durability(settings.cascadeDurability))
        let store = ItemStore.open(options) { event in
            watch.store(event)
            door.post { $0.storeHappened(event) }
            if event == .owned { door.post { _ in place.value.start() } }
        }
        self.store = store
        engine.keepQueue(in: store, pausedBy: StateMark(directory: directory, name: "paused"))
    }

    var handle: Handle {
        Handle(mailbox: loop.mailbox, unit: LoopBound(self, loop: loop), door: engine.door, store: store)
    }

    /// Opens the operators' port and returns where it listens; nil when it is off.
    func listen(_ settings: Settings, http: HTTPServer, services: AdminVerbs.Services) throws -> String? {
        guard let address = settings.admin else { return nil }
        let verbs = AdminVerbs(engine: engine, services: services)
        let port = AdminPort(loop: loop, verbs: verbs, http: http)
        self.port = port
        let found = try port.listen(on: try address.resolved(), reusePort: settings.reusePort)
        shared.board.add(listener: found)
        return "\(found)"
    }

    /// Begins to work, with `workers` to serve applications; `onCommands` gets the upstream's command table
    /// whenever it may have changed.
    func start(workers: [WorkerUnit.Handle], onCommands: @escaping @Sendable (CommandTable) -> Void) {
        let crew = Crew(loop: loop, workers: workers)
        engine.crew = crew
        let status = shared.status
        for side in engine.sides {
            let name = side.side
            side.onMasterChanged = { [weak engine] in
                guard (engine?.failover?.state.serving ?? .primary) == name else { return }
                crew.renew("the role of Redis has changed")
            }
            side.onReachable = { reachable, reason in
                status.update { $0.problems[name] = reachable ? nil : reason }
            }
        }
        engine.onPauses = { pauses in status.update { $0.pauses = pauses } }
        status.update { $0.pauses = engine.pauses }
        engine.failover?.onChange = { state in status.update { $0.failover = state } }
        engine.primary.onModulesChanged = { [weak engine] in
            engine?.primary.commandTable {
                onCommands(CommandTable.builtin.refreshed(with: UpstreamCommands.parse($0)))
            }
        }
        engine.start()
    }

    /// Leaves new operators to a process that listens on the same port, where there is one.
    func divert() { port?.divert() }

    func stop() {
        port?.close()
        engine.stop()
        loop.stop()
    }
}
