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
    var readiness: Readiness {
        let now = current
        if now.isDraining {
            return Readiness(isReady: false, reasons: ["draining: the proxy is about to stop"])
        }
        if !now.isUpstreamReachable {
            return Readiness(isReady: false, reasons: ["upstream: \(now.upstreamReason)"])
        }
        return Readiness(isReady: true, reasons: ["upstream: reachable"])
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
                    ("reachable", now.isUpstreamReachable ? "yes" : "no"),
                    ("reason", now.upstreamReason),
                ]
            ),
            (
                "Index",
                [("suspect", health.isSuspect ? "yes" : "no"), ("reason", health.reason)]
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
}
