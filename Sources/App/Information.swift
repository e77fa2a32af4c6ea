import Admin
import Audit
import Config
import Invalidation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Status {
    func readiness(_ audit: AuditLog) -> Readiness {
        let now = current
        if audit.isFull, !now.isDraining {
            let reason = audit.lastError.map { "\($0)" } ?? "the disk is slower than what is recorded"
            let text = "audit: writes that owe a record wait, since audit-on-full is block: \(reason)"
            return Readiness(isReady: false, reasons: [text])
        }
        if now.isDraining {
            return Readiness(isReady: false, reasons: ["draining: the proxy is about to stop"])
        }
        var reasons = ["upstream: \(now.problems[.primary] ?? "reachable")"]
        if let stall { reasons.append("links: \(stall)") }
        let settings = now.configuration.settings
        if settings.fallback != nil {
            reasons.append("fallback: \(now.problems[.fallback] ?? "reachable")")
        }
        if settings.fallback != nil, settings.failover != .off {
            let rights =
                now.failover.serving == .fallback && settings.failover == .reads ? ", reads only" : ""
            reasons.append("serving: \(now.failover.serving.rawValue)\(rights)")
        }
        if let paused = now.pauses.text { reasons.append("paused: \(paused); see FRESHET RESUME") }
        return Readiness(
            isReady: now.problems[now.failover.serving] == nil && stall == nil, reasons: reasons)
    }
}

extension Shared {
    /// The sections of `FRESHET INFO`.
    func information() -> [(section: String, fields: [(String, String)])] {
        let now = status.current
        let settings = now.configuration.settings
        return [
            (
                "Server",
                [
                    ("version", Version.number), ("process_id", "\(getpid())"),
                    ("listeners", now.listeners.joined(separator: " ")), ("workers", "\(settings.workers)"),
                ]
            ),
            (
                "Clients",
                [("connected_clients", "\(status.clients)"), ("maxclients", "\(settings.maxClients)")]
            ),
            (
                "Upstream",
                [
                    ("upstream", "\(settings.upstream)"),
                    ("reachable", now.problems[.primary] == nil ? "yes" : "no"),
                    ("reason", now.problems[.primary] ?? ""),
                ]
            ),
            ("Fallback", fallback(now)),
            (
                "Index",
                [
                    ("suspect", health.isSuspect ? "yes" : "no"), ("reason", health.reason),
                    ("fallback_suspect", fallbackHealth.isSuspect ? "yes" : "no"),
                    ("fallback_reason", fallbackHealth.reason),
                ]
            ),
            (
                "Queue",
                [
                    ("paused", now.pauses.everything ? "yes" : "no"),
                    ("paused_rules", now.pauses.rules.joined(separator: " ")),
                ]
            ),
            (
                "Configuration",
                [
                    ("generation", "\(now.generation)"), ("mode", settings.mode.rawValue),
                    ("cascade", settings.cascade.rawValue),
                ]
            ),
            (
                "Audit",
                [
                    ("file", settings.auditFile ?? "off"),
                    ("last_seq", "\(reporter.audit?.lastSequence ?? 0)"),
                    ("last_hash", reporter.audit?.lastHash ?? ""),
                ]
            ),
        ]
    }

    private func fallback(_ now: Status.State) -> [(String, String)] {
        let settings = now.configuration.settings
        guard let fallback = settings.fallback else { return [("fallback", "off")] }
        return [
            ("fallback", "\(fallback)"),
            ("fallback_reachable", now.problems[.fallback] == nil ? "yes" : "no"),
            ("fallback_problem", now.problems[.fallback] ?? ""),
            ("failover", settings.failover.rawValue),
            ("serving", now.failover.serving.rawValue),
            ("failback_after_ms", "\(now.failover.failbackMilliseconds)"),
            ("moving", now.failover.isMoving ? "yes" : "no"),
            ("owed_to_primary", "\(now.failover.owed[.primary] ?? 0)"),
            ("owed_to_fallback", "\(now.failover.owed[.fallback] ?? 0)"),
        ]
    }
}
