public import Audit
public import Bytes
import Relay

/// Why an invalidation happens: who did what to which keys.
public struct Cause: Sendable {
    /// What began it, in the words of the metrics.
    public enum Source: String, Sendable {
        case mutation, admin, engine, schedule
        /// Another attempt, whatever began it; in metrics alone.
        case retry
    }
    /// What was asked to be invalidated.
    public enum Subject: String, Sendable { case key, tag, related, pattern }

    public var source: Source
    public var subject: Subject
    public var actor: AuditActor?
    /// The client's command, or the admin verb.
    public var command: ByteString
    public var database: Int
    /// The mutated keys, or what the admin verb names.
    public var keys: [ByteString]
    /// What is known beyond that, in words.
    public var note: String?
    /// Whether it was tried before.
    var isRetry = false
    /// The Redis in which the mutation happened.
    public var side = Side.primary
    /// Keys that the cause has written beside those that it names.
    var fresh: [ByteString] = []

    public init(
        source: Source, subject: Subject, actor: AuditActor?, command: ByteString, database: Int,
        keys: [ByteString], note: String? = nil
    ) {
        self.source = source
        self.subject = subject
        self.actor = actor
        self.command = command
        self.database = database
        self.keys = keys
        self.note = note
    }

    /// Keys that are fresh, since the cause has written them.
    var spared: [ByteString] {
        guard subject != .tag, source == .mutation else { return [] }
        return fresh.isEmpty ? keys : keys + fresh
    }

    init(_ intent: WriteIntent) {
        self.init(
            source: .mutation, subject: .key, actor: AuditActor(intent.actor), command: intent.command,
            database: intent.database, keys: intent.keys.map(\.name))
    }
}

extension Cause {
    /// The command of what is done because a key was changed at the other Redis.
    static let mirror: ByteString = "freshet mirror"

    var isMirrored: Bool { source == .engine && command == Self.mirror }
}
