import Admin
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

/// The whole proxy: builds everything, starts it in order, reloads it, and stops it in order.
///
/// Order of the start: audit, engine with the operators' port, workers with their listeners. The stop goes
/// the other way round, so that nothing that still works loses what it works with. Lives on the main thread's
/// loop.
public final class Application {
    private enum Phase { case starting, running, draining, stopping }

    private let loop: EventLoop
    private let load: @Sendable () -> Loader.Outcome
    private var configuration: Configuration
    private var encryption: Encryption
    private let audit: AuditLog
    private let shared: Shared
    private let http: HTTPServer
    private var engine: EngineUnit.Handle?
    private var workers: [WorkerUnit.Handle] = []
    private var phase = Phase.starting
    private var failure: (any Error)?
    private var drainEnds: UInt64 = 0

    /// - Parameters:
    ///   - configuration: what to start with.
    ///   - load: reads the configuration again, for a reload.
    public init(_ configuration: Configuration, load: @escaping @Sendable () -> Loader.Outcome) throws {
        self.configuration = configuration
        self.load = load
        loop = try EventLoop()
        let settings = configuration.settings
        var log = Logger(label: "freshet") { _ in StandardErrorLog(settings) }
        log.logLevel = StandardErrorLog.level(settings.logLevel)
        let metrics = MetricsRegistry()
        encryption = try Encryption(settings, metrics)
        audit = try AuditLog(Self.auditOptions(settings))
        shared = Shared(
            log: log, metrics: metrics,
            reporter: Reporter(
                audit: audit, metrics: metrics, cluster: "\(settings.upstream.address)",
                user: settings.upstream.user ?? "default"),
            health: IndexHealth(), status: Status())
        http = try HTTPServer(routes: Self.routes(shared, audit))
        expose(metrics)
    }

    private static func auditOptions(_ settings: Settings) -> AuditLog.Options {
        AuditLog.Options(
            path: settings.auditFile, maxBytes: Int64(settings.auditMaxBytes), retain: settings.auditRetain,
            queueLimit: settings.auditQueue, onFull: settings.auditOnFull == .block ? .block : .drop,
            keys: settings.auditKeys == .hash ? .hash : .plain, targetLimit: settings.auditTargets)
    }

    private static func routes(_ shared: Shared, _ audit: AuditLog) -> [Route] {
        let (metrics, status) = (shared.metrics, shared.status)
        return [
            .metrics { metrics.exposition() },
            .readiness { status.readiness },
            .audit { key in audit.recent(key: key.map { .init($0) }) },
        ] + Route.liveness()
    }

    private func expose(_ metrics: MetricsRegistry) {
        metrics.exposeProcess()
        let audit = audit
        metrics.callback(.auditRecords) { Double(audit.written) }
        metrics.callback(.auditGapRecords) { Double(audit.dropped) }
        metrics.callback(.auditWriteErrors) { Double(audit.errors) }
        metrics.callback(.auditLastSeq) { Double(audit.lastSequence) }
        metrics.gauge(.buildInfo, Version.number, Version.commit, Version.swift).set(1)
        metrics.gauge(.configLastReloadSuccessful).set(1)
        metrics.gauge(.configGeneration).set(1)
        metrics.gauge(.upstreamUp, "primary").set(0)
    }

    // MARK: Start

    /// Runs until a signal ends it; throws what kept it from starting.
    public func run() throws {
        watchSignals()
        startEngine()
        loop.run()
        audit.stop()
        http.stop()
        removePidFile()
        if let failure { throw failure }
    }

    private func watchSignals() {
        Signals.unblock()
        loop.onSignal(15) { [weak self] in self?.stopRequested() }
        loop.onSignal(2) { [weak self] in self?.stopRequested() }
        loop.onSignal(1) { [weak self] in self?.reload { _ in } }
        loop.onSignal(10) { [weak self] in self?.audit.reopen() }
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
                let services = AdminVerbs.Services(
                    reload: { done in
                        let answer = LoopBound(done, loop: loop)
                        let back = loop.mailbox
                        mailbox.post { app.value.reload { result in back.post { answer.value(result) } } }
                    },
                    info: { shared.information(configuration) })
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
                let unit = WorkerUnit(
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
        engine?.post { unit in
            unit.start { table in
                for worker in workers { worker.post { $0.worker.replaceCommands(table) } }
            }
        }
        writePidFile()
        announce()
        loop.timer(afterMilliseconds: StartupMemory.settledMilliseconds) { StartupMemory.release() }
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
                "mode": "\(settings.mode.rawValue)", "workers": "\(settings.workers)",
            ])
    }

    private func writePidFile() {
        guard let path = configuration.settings.pidFile else { return }
        PidFile.write(to: path, shared.log)
    }

    private func removePidFile() {
        if let path = configuration.settings.pidFile { PidFile.remove(path) }
    }

    // MARK: Reload

    /// Reads the configuration again and swaps it in; a bad one changes nothing.
    private func reload(_ done: @escaping @Sendable (Result<String, AdminVerbs.ReloadError>) -> Void) {
        let outcome = load()
        guard let fresh = outcome.configuration else {
            let first = outcome.diagnostics.first { $0.severity == .error }
            return done(
                .failure(refuse(outcome.rendered, first.map { "\($0.location.cited): \($0.message)" })))
        }
        do {
            encryption = try Encryption(fresh.settings, shared.metrics).keeping(encryption)
        } catch {
            return done(.failure(refuse("\(error)", "\(error)")))
        }
        let needRestart = fresh.reloadDifferences(from: configuration)
        adopt(fresh.adopted(by: configuration))
        var record = AuditRecord(.reload)
        record.outcome = .done
        record.cause = "the configuration was read again"
        audit.append(record)
        let note = needRestart.isEmpty ? "" : "after a restart: \(needRestart.joined(separator: ", "))"
        shared.log.notice(
            "configuration reloaded",
            metadata: [
                "conventions": "\(configuration.conventions.count)", "needs-restart": "\(needRestart)",
            ])
        done(.success(note))
    }

    /// Says everywhere that the running configuration stays, and returns why for whoever asked.
    private func refuse(_ problems: String, _ first: String?) -> AdminVerbs.ReloadError {
        var record = AuditRecord(.reload)
        record.outcome = .failed
        record.error = first
        audit.append(record)
        shared.metrics.gauge(.configLastReloadSuccessful).set(0)
        shared.log.error(
            "the configuration was not accepted; the running one stays",
            metadata: ["problems": "\(problems)"])
        return .init(text: problems)
    }

    private func adopt(_ fresh: Configuration) {
        configuration = fresh
        shared.status.update { $0.generation += 1 }
        shared.metrics.gauge(.configLastReloadSuccessful).set(1)
        shared.metrics.gauge(.configLastReloadSuccess).set(
            Double(AuditTime.now().wallMicroseconds) / 1_000_000)
        shared.metrics.gauge(.configGeneration).set(shared.status.current.generation)
        let (settings, conventions, encryption) = (fresh.settings, fresh.conventions, encryption)
        for worker in workers { worker.post { $0.reconfigure(settings, conventions, encryption) } }
        engine?.post {
            $0.engine.pool.tls = encryption.upstream
            $0.engine.reconfigure(settings, conventions)
        }
    }

    // MARK: Stop

    private func stopRequested() {
        switch phase {
        case .starting, .draining: stopNow()
        case .stopping: break
        case .running:
            phase = .draining
            shared.status.update { $0.isDraining = true }
            shared.log.notice("draining", metadata: ["clients": "\(shared.status.clients)"])
            for worker in workers { worker.post { $0.drain() } }
            drainEnds = loop.nowMilliseconds + UInt64(configuration.settings.drainTimeout.milliseconds)
            checkDrained()
        }
    }

    /// Stops when the last client is gone or `drain-timeout` has passed.
    private func checkDrained() {
        loop.timer(afterMilliseconds: 50) { [weak self] in
            guard let self, phase == .draining else { return }
            let status = shared.status
            for worker in workers {
                worker.post { status.setClients($0.worker.sessionCount, worker: $0.worker.number) }
            }
            if status.clients == 0 || loop.nowMilliseconds >= drainEnds { stopNow() } else { checkDrained() }
        }
    }

    private func stopNow() {
        guard phase != .stopping else { return }
        phase = .stopping
        for worker in workers { worker.post { $0.stop() } }
        engine?.post { $0.stop() }
        if failure == nil {
            var record = AuditRecord(.stop)
            record.cause = "freshet stopped"
            audit.append(record)
            shared.log.notice("freshet stopped")
        }
        loop.timer(afterMilliseconds: 20) { [loop] in loop.stop() }
    }
}
