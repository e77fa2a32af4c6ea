import Admin
import Alerts
import Audit
import Bytes
import Commands
public import Config
import EventLoop
import Invalidation
import Logging
import Metrics
import Naming
import Relay
import Store
import Threads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The whole proxy: builds everything, starts it in order, reloads it, and stops it in order.
///
/// Order of the start: audit, engine with the operators' port, workers with their listeners. The stop goes
/// the other way round, so that nothing that still works loses what it works with. Lives on the main thread's
/// loop.
public final class Application {
    enum Phase { case starting, running, draining, stopping }

    let loop: EventLoop
    let load: @Sendable () -> Loader.Outcome
    var configuration: Configuration
    var encryption: Encryption
    let audit: AuditLog
    let shared: Shared
    let supervisor = Supervisor()
    var engine: EngineUnit.Handle?
    var workers: [WorkerUnit.Handle] = []
    var phase = Phase.starting
    var failure: (any Error)?
    var drainEnds: UInt64 = 0
    var emptyCounts = 0
    /// Told by each worker and by the engine when they have let go of their files.
    let unitsEnded = Wakeup()
    private static let endMilliseconds: Int32 = 5000
    /// Where rules set at run time are kept; nil where they live in memory alone.
    let ruleFile: RuleFile?
    private let http: HTTPServer
    private var reloads = Coalescing()
    /// Whether the configuration is to be read again once every loop is there.
    var reloadIsDue = false
    private var watchdog: Watchdog?

    /// - Parameters:
    ///   - configuration: what to start with.
    ///   - load: reads the configuration again, for a reload.
    public init(_ configuration: Configuration, load: @escaping @Sendable () -> Loader.Outcome) throws {
        self.configuration = configuration
        self.load = load
        loop = try EventLoop()
        let settings = configuration.settings
        let log = Logger(label: "freshet") { _ in StandardErrorLog(settings) }
        let metrics = MetricsRegistry()
        encryption = try Encryption(settings, metrics)
        audit = try AuditLog(Self.auditOptions(settings))
        let report = AlertReport(log, metrics)
        let health = IndexHealth()
        let reporter = Reporter(
            audit: audit, metrics: metrics, cluster: "\(settings.upstream.address)",
            fallback: settings.fallback.map { "\($0.address)" }, user: settings.upstream.user ?? "default")
        let alerts = AlertSender(AlertOptions(settings)) { report.take($0) }
        shared = Shared(
            log: log, metrics: metrics, reporter: reporter, health: health,
            fallbackHealth: IndexHealth(beside: health), status: Status(), board: Noticeboard(),
            alerts: alerts, state: try StateDirectory(configuration),
            durability: DurabilityWatch(metrics: metrics, log: log, reporter: reporter, alerts: alerts))
        shared.status.update { $0.configuration = configuration }
        ruleFile = shared.state.path.map { RuleFile(folder: $0) }
        http = try HTTPServer(routes: Self.routes(shared, audit))
        expose(metrics)
        readRules()
    }

    private static func auditOptions(_ settings: Settings) -> AuditLog.Options {
        AuditLog.Options(
            path: settings.auditFile, maxBytes: Int64(settings.auditMaxBytes), retain: settings.auditRetain,
            queueLimit: settings.auditQueue, onFull: settings.auditOnFull == .block ? .block : .drop,
            keys: settings.auditKeys == .hash ? .hash : .plain, targetLimit: settings.auditTargets,
            waitsForFile: settings.reusePort)
    }

    private static func routes(_ shared: Shared, _ audit: AuditLog) -> [Route] {
        let (metrics, status) = (shared.metrics, shared.status)
        return [
            .metrics { metrics.exposition() },
            .readiness { status.readiness(audit) },
            .audit { key in audit.recent(key: key.map { .init($0) }) },
        ] + Route.liveness()
    }

    private func expose(_ metrics: MetricsRegistry) {
        metrics.exposeProcess()
        metrics.expose(shared.alerts)
        let audit = audit
        metrics.callback(.auditRecords) { Double(audit.written) }
        metrics.callback(.auditGapRecords) { Double(audit.dropped) }
        metrics.callback(.auditWriteErrors) { Double(audit.errors) }
        metrics.callback(.auditBlocks) { audit.isFull ? 1 : 0 }
        metrics.callback(.auditLastSeq) { Double(audit.lastSequence) }
        metrics.gauge(.buildInfo, Version.number, Version.commit, Version.swift).set(1)
        metrics.gauge(.configLastReloadSuccessful).set(1)
        metrics.gauge(.configGeneration).set(1)
        metrics.gauge(.upstreamUp, "primary").set(0)
        if configuration.settings.fallback != nil { metrics.gauge(.upstreamUp, "fallback").set(0) }
        if let path = shared.state.path {
            metrics.callback(.stateDirectoryFreeBytes) { StateDirectory.freeBytes(path) }
        }
    }

    // MARK: Start

    /// Runs until a signal ends it; throws what kept it from starting.
    public func run() throws {
        auditUnknownEnd()
        watchSignals()
        checkDescriptors()
        startEngine()
        loop.run()
        Signals.endAtOnce()
        let units = workers.count + (engine == nil ? 0 : 1)
        for _ in 0..<units { unitsEnded.wait(milliseconds: Self.endMilliseconds) }
        engine?.store?.stop()
        shared.alerts.stop(withinMilliseconds: AlertOptions(configuration.settings).goodbyeMilliseconds)
        auditStop()
        audit.stop()
        http.stop()
        removePidFile()
        if let failure { throw failure }
    }

    private func watchSignals() {
        loop.onSignal(Signals.terminate) { [weak self] in self?.stopRequested() }
        loop.onSignal(Signals.interrupt) { [weak self] in self?.stopRequested() }
        loop.onSignal(Signals.hangUp) { [weak self] in self?.reloadRequested() }
        loop.onSignal(Signals.reopen) { [weak self] in self?.audit.reopen() }
        loop.onSignal(Signals.dump) { [weak self] in self?.dumpState() }
        Signals.release()
    }

    /// Many signals in a row cause one reload at once and one more when they have ended.
    ///
    /// One that comes before every loop is there waits for that: each must get what was read.
    private func reloadRequested() {
        guard phase != .starting else {
            reloadIsDue = true
            return
        }
        guard reloads.mayRun() else { return }
        reload { _ in }
        loop.timer(afterMilliseconds: Coalescing.windowMilliseconds) { [weak self] in
            guard let self, reloads.windowEnded() else { return }
            reloadRequested()
        }
    }

    private func failed(_ error: any Error) {
        failure = failure ?? error
        stopNow()
    }

    private var failer: @Sendable (any Error) -> Void {
        let (mailbox, app) = (loop.mailbox, LoopBound(self, loop: loop))
        return { error in
            let text = "\(error)"
            mailbox.post { app.value.failed(StartError(text)) }
        }
    }

    private func startEngine() {
        let (mailbox, app) = (loop.mailbox, LoopBound(self, loop: loop))
        let (configuration, encryption, shared, http) = (configuration, encryption, shared, http)
        LoopThread.start(
            { loop in
                let unit = EngineUnit(
                    loop: loop, configuration: configuration, encryption: encryption, shared: shared)
                let (shelf, back) = (shared.rules, loop.mailbox)
                unit.engine.rules = RuleService(
                    change: { change, actor, done in
                        let answer = LoopBound(done, loop: loop)
                        mailbox.post {
                            app.value.changeRules(change, actor) { outcome in
                                back.post { answer.value(outcome) }
                            }
                        }
                    }, book: { shelf.current })
                let services = AdminVerbs.Services(
                    reload: { done in
                        let answer = LoopBound(done, loop: loop)
                        let back = loop.mailbox
                        mailbox.post { app.value.reload { result in back.post { answer.value(result) } } }
                    },
                    info: { shared.information() })
                let address = try unit.listen(configuration.settings, http: http, services: services)
                let handle = unit.handle
                mailbox.post { app.value.engineStarted(handle, address) }
            }, failed: failer)
    }

    private func engineStarted(_ handle: EngineUnit.Handle, _ address: String?) {
        engine = handle
        if let address { shared.status.update { $0.listeners.append("admin \(address)") } }
        startWorker(0)
    }

    private func startWorker(_ number: Int) {
        guard let engine, phase == .starting else { return }
        let (mailbox, app) = (loop.mailbox, LoopBound(self, loop: loop))
        let (configuration, encryption, shared) = (configuration, encryption, shared)
        LoopThread.start(
            { loop in
                let unit = try WorkerUnit(
                    number: number, loop: loop, configuration: configuration, encryption: encryption,
                    shared: shared, engine: engine.door)
                let addresses = try unit.listen(configuration.settings)
                let handle = unit.handle
                mailbox.post { app.value.workerStarted(handle, addresses) }
            }, failed: failer)
    }

    private func workerStarted(_ handle: WorkerUnit.Handle, _ addresses: [String]) {
        workers.append(handle)
        if workers.count == 1 { shared.status.update { $0.listeners += addresses } }
        guard workers.count == configuration.settings.workers else { return startWorker(workers.count) }
        guard phase == .starting else { return }
        phase = .running
        let workers = workers
        let paused = shared.rules.current.paused
        engine?.post { unit in
            for rule in paused.sorted() { unit.engine.pause(rule: rule, actor: nil) }
            unit.start(workers: workers) { table in
                for worker in workers { worker.post { $0.worker.replaceCommands(table) } }
            }
        }
        writePidFile()
        announce()
        if reloadIsDue { reloadRequested() }
        watchLoops()
        loop.timer(afterMilliseconds: StartupMemory.settledMilliseconds) { StartupMemory.release() }
        let pause = StartupMemory.loosePauseMilliseconds
        loop.timer(afterMilliseconds: pause, everyMilliseconds: pause) { HeapMemory.trimIfLoose() }
    }

    /// Tells the service manager that the process is well as long as every loop turns.
    private func watchLoops() {
        guard let interval = supervisor.watchdogMilliseconds else { return }
        let mailboxes = workers.map(\.mailbox) + (engine.map { [$0.mailbox] } ?? [])
        watchdog = Watchdog(loop: loop, mailboxes: mailboxes, intervalMilliseconds: interval / 2) {
            [supervisor] in
            supervisor.tell("WATCHDOG=1")
        }
        watchdog?.start()
    }

    private func announce() {
        let settings = configuration.settings
        var record = AuditRecord(.start)
        record.cause = "freshet \(Version.number) started"
        audit.append(record)
        shared.log.notice(
            "freshet is ready",
            metadata: [
                "version": "\(Version.number)",
                "listen": "\(shared.status.current.listeners.joined(separator: ", "))",
                "upstream": "\(settings.upstream)", "conventions": "\(configuration.conventions.count)",
                "mode": "\(settings.mode.rawValue)", "workers": "\(settings.workers)", "pid": "\(getpid())",
            ])
        supervisor.tell("READY=1\nSTATUS=serving, with \(configuration.conventions.count) conventions")
    }

    /// Says so when fewer clients than `max-clients` have room.
    private func checkDescriptors() {
        let limit = DescriptorLimit.raise()
        let needed = configuration.settings.maxClients * configuration.settings.workers
        guard limit < needed + 2 * Listener.descriptorReserve else { return }
        shared.log.warning(
            "the limit of descriptors is lower than max-clients: clients beyond it will wait to be accepted",
            metadata: ["limit": "\(limit)", "max-clients": "\(configuration.settings.maxClients)"])
    }

    private func writePidFile() {
        guard let path = configuration.settings.pidFile else { return }
        PidFile.write(to: path, shared.log)
    }

    private func removePidFile() {
        if let path = configuration.settings.pidFile { PidFile.remove(path) }
    }
}
