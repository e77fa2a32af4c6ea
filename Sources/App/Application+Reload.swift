import Admin
import Alerts
import Audit
import Config
import EventLoop
import Invalidation
import Logging
import Metrics
import Naming
import Relay

extension Application {
    /// Reads the configuration again and swaps it in; a bad one changes nothing.
    func reload(_ done: @escaping @Sendable (Result<String, AdminVerbs.ReloadError>) -> Void) {
        supervisor.tell("RELOADING=1\nMONOTONIC_USEC=\(Supervisor.monotonicMicroseconds)")
        defer { supervisor.tell("READY=1") }
        // A loop that is being started may have taken the former configuration.
        if phase == .starting { reloadIsDue = true }
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
        adopt(withRules(fresh.adopted(by: configuration), shared.rules.current))
        var record = AuditRecord(.reload)
        record.outcome = .done
        record.cause = "the configuration was read again"
        audit.append(record)
        say(needRestart)
        done(.success(needRestart.isEmpty ? "" : "after a restart: \(needRestart.joined(separator: ", "))"))
    }

    private func say(_ needRestart: [String]) {
        shared.log.notice(
            "configuration reloaded", metadata: ["conventions": "\(configuration.conventions.count)"])
        if !needRestart.isEmpty {
            shared.log.warning(
                "what has changed in these directives takes effect after a restart",
                metadata: ["directives": "\(needRestart.joined(separator: " "))"])
        }
    }

    /// Says everywhere that the running configuration stays, and returns why for whoever asked.
    private func refuse(_ problems: String, _ first: String?) -> AdminVerbs.ReloadError {
        var record = AuditRecord(.reload)
        record.outcome = .failed
        record.error = first
        audit.append(record)
        shared.metrics.gauge(.configLastReloadSuccessful).set(0)
        shared.alerts.fire(.reloadFailed)
        shared.log.error(
            "the configuration was not accepted; the running one stays",
            metadata: ["problems": "\(problems)"])
        return .init(text: problems)
    }

    private func adopt(_ fresh: Configuration) {
        configuration = fresh
        StandardErrorLog.adopt(fresh.settings)
        shared.status.update {
            $0.generation += 1
            $0.configuration = fresh
        }
        shared.metrics.gauge(.configLastReloadSuccessful).set(1)
        shared.alerts.reconfigure(AlertOptions(fresh.settings))
        shared.alerts.resolve(.reloadFailed)
        shared.metrics.gauge(.configLastReloadSuccess).set(
            Double(AuditTime.now().wallMicroseconds) / 1_000_000)
        shared.metrics.gauge(.configGeneration).set(shared.status.current.generation)
        let (settings, conventions, encryption) = (fresh.settings, fresh.conventions, encryption)
        for worker in workers { worker.post { $0.reconfigure(settings, conventions, encryption) } }
        engine?.post {
            for side in $0.engine.sides { side.pool.tls = encryption.upstream }
            $0.engine.reconfigure(settings, conventions)
        }
    }
}
