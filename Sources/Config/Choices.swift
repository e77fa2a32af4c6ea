/// A setting whose value is one of a few words; the raw value is the word in proxy.conf.
protocol Choice: RawRepresentable<String>, CaseIterable, Sendable, Equatable {}

extension Settings {
    /// How client sessions use upstream links.
    public enum Connections: String, Choice {
        /// Stateless commands of many sessions share a few links.
        case shared
        /// Every session has a link of its own from its first byte.
        case dedicated
    }

    /// Whether a client of a TLS listener must show a certificate.
    public enum AuthClients: String, Choice {
        case yes
        case no
        /// It need not, but one that it shows must hold.
        case optional
    }

    /// The versions of TLS that are allowed. Older ones are broken, and OpenSSL itself no longer offers them.
    public enum TLSProtocols: String, Sendable, CaseIterable {
        case both = "TLSv1.2 TLSv1.3"
        case only12 = "TLSv1.2"
        case only13 = "TLSv1.3"
    }

    /// Whether invalidations delete.
    public enum Mode: String, Choice {
        case enforce
        /// Everything but the deleting: records, plans and audits what would have been done.
        case observe
    }

    /// Which commands of applications go to the fallback while the primary is away.
    public enum Failover: String, Choice {
        case off
        /// Those that change nothing; the others are refused.
        case reads
        case all
    }

    /// When the client's reply leaves, relative to the cascade.
    public enum Cascade: String, Choice {
        case beforeReply = "before-reply"
        case afterReply = "after-reply"
    }

    /// How soon what a write owes must be on disk; Redis's words for `appendfsync`.
    public enum CascadeDurability: String, Choice {
        case always
        case everySecond = "everysec"
        case no
    }

    /// What a cycle among conventions is at load.
    public enum Cycles: String, Choice {
        case refuse
        case allow
    }

    /// What happens to EVAL, EVALSHA and FCALL.
    public enum Scripts: String, Choice {
        /// Counts as a write of each declared key, unless the script is read-only.
        case declaredKeys = "declared-keys"
        case deny
    }

    /// What a full audit disk or queue does.
    public enum AuditOnFull: String, Choice {
        case block
        case drop
    }

    /// How key names appear in the audit.
    public enum AuditKeys: String, Choice {
        case plain
        case hash
    }

    /// The least severe message that is logged, by Redis's names.
    public enum LogLevel: String, Choice {
        case debug, verbose, notice, warning
    }

    /// The shape of a log line.
    public enum LogFormat: String, Choice {
        /// Text on a terminal, JSON elsewhere.
        case auto
        case text, json, logfmt
    }

    /// The shortest and the longest wait between attempts to reach Redis.
    public struct Backoff: Sendable, Hashable {
        public var minimum: Duration
        public var maximum: Duration

        public init(minimum: Duration, maximum: Duration) {
            self.minimum = minimum
            self.maximum = maximum
        }
    }
}
