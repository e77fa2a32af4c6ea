public import Bytes

/// One thing that happened: what was invalidated, or is known about invalidations, who caused it, and how it
/// ended.
///
/// Carries names and never values. The log adds the sequence number and the chain's hashes when it writes the
/// record.
public struct AuditRecord: Sendable {
    /// What a record tells about.
    public enum Kind: String, Sendable {
        /// A mutation and everything that it made stale.
        case cascade
        /// An invalidation that somebody asked for.
        case invalidate
        /// What became of work in the engine's queue: held, given up, paused, widened.
        case queue
        case flush
        case reload
        /// A rule was set, deleted, paused or resumed.
        case rule
        case reconcile
        /// Applications were moved to another Redis.
        case failover
        /// A command that was refused.
        case refusal
        /// A script whose writes are unknown.
        case scripts
        case start
        case stop
        /// Records were lost; `count` says how many.
        case gap
        /// The first record of a file; written by the log alone.
        case segment
        /// Work of a process that was killed was found and is being finished; `count` says how much.
        case recover
        /// The log found and removed a torn line, or set a damaged file aside.
        case repair
    }

    public enum Outcome: String, Sendable {
        case done
        /// Nothing was deleted because the mode is `observe`.
        case observed
        case failed
        /// A condition kept a rule from firing, and nothing was deleted; or Redis refused the write, when
        /// what the targets name had been removed.
        case refused
        /// It may have happened: a timeout or a lost connection.
        case unknown
        /// A limit was met; something stale remains or was handed on.
        case truncated
    }

    /// A key that the invalidation reached.
    public struct Target: Sendable {
        /// How the key was found.
        public enum Via: String, Sendable {
            case computed, index
            /// Named by whoever asked for the invalidation.
            case named
        }

        /// What became of a key.
        public enum Fate: String, Sendable {
            /// Redis removed it, or gave it the time to live.
            case done
            /// There was no such key.
            case absent
            /// Redis told only how many of several keys there were.
            case uncertain
        }

        public var key: ByteString
        /// Nil while nobody knows; the log says it where it is sure.
        public var fate: Fate?
        /// Steps from the mutated key, 1 for its direct dependents.
        public var depth: Int
        /// The key that this one was built from.
        public var from: ByteString
        /// The convention as written in proxy.conf.
        public var why: String
        /// Where it is written: `proxy.conf:31`.
        public var line: String
        public var via: Via

        public init(key: ByteString, depth: Int, from: ByteString, why: String, line: String, via: Via) {
            self.key = key
            self.depth = depth
            self.from = from
            self.why = why
            self.line = line
            self.via = via
        }
    }

    public var time: AuditTime
    public var id: ULID
    /// The record that this one continues or was caused by.
    public var parent: ULID?
    public var kind: Kind
    public var actor: AuditActor?
    /// The user with whose rights keys were removed: the upstream's own, whoever the actor is.
    public var runsAs: ByteString?
    /// The command's name, without arguments.
    public var command: String?
    public var database: Int?
    /// In which Redis it happened, where there are two.
    public var side: String?
    /// The mutated key.
    public var key: ByteString?
    /// Why, in words.
    public var cause: String?
    /// The keys reached; the log writes at most its limit of them.
    public var targets: [Target] = []
    /// How many keys were reached, when more than `targets` lists.
    public var targetCount: Int?
    /// How many keys Redis said it removed, or gave a time to live.
    public var deleted: Int?
    /// Within how many milliseconds the keys expire that were not removed at once.
    public var softlyMilliseconds: Int?
    /// After how many milliseconds the keys expire, where somebody asked for just that.
    public var expiryMilliseconds: Int?
    public var outcome: Outcome?
    public var error: String?
    public var durationMicroseconds: Int?
    /// What the kind counts: lost records of a gap, keys looked at by a reconcile.
    public var count: UInt64?
    /// The random name of the log that began the chain; on segment records.
    var instance: String?

    public init(_ kind: Kind, at time: AuditTime = .now(), parent: ULID? = nil) {
        self.kind = kind
        self.time = time
        self.parent = parent
        id = ULID(at: time)
    }
}
