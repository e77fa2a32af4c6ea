public import Bytes

/// A record as read back from a file.
public struct AuditEntry: Sendable {
    public struct Target: Sendable {
        public var key: ByteString
        public var depth: Int
        public var from: ByteString
        public var why: String
        public var line: String
        public var via: String
        /// `done` or `absent`; nil where the log does not tell for sure.
        public var fate: String?
    }

    public var time: String
    public var sequence: Int
    public var id: String
    public var parent: String?
    public var kind: String
    /// `user@address`, as far as both are known.
    public var actor: String?
    public var command: String?
    public var database: Int?
    public var key: ByteString?
    public var cause: String?
    public var targets: [Target]
    public var targetCount: Int
    public var deleted: Int?
    public var softlyMilliseconds: Int?
    public var expiryMilliseconds: Int?
    public var count: Int?
    public var outcome: String?
    public var error: String?
    public var durationMicroseconds: Int?
    /// The line as written.
    public var text: String

    /// Reads a line without its newline; nil when it is not a record.
    public init?(line: [UInt8]) {
        guard let json = JSONParser.parse(line), let time = json["ts"]?.text, let kind = json["kind"]?.text,
            let sequence = json["seq"]?.integer, let id = json["id"]?.text
        else { return nil }
        self.time = time
        self.kind = kind
        self.sequence = sequence
        self.id = id
        parent = json["parent"]?.text
        actor = json["actor"].map(Self.actor)
        command = json["cmd"]?.text
        database = json["db"]?.integer
        key = json["key"]?.bytes.map(KeyText.unescape)
        cause = json["cause"]?.text
        targets = (json["targets"]?.elements ?? []).map(Self.target)
        targetCount = json["target_count"]?.integer ?? targets.count
        deleted = json["deleted"]?.integer
        softlyMilliseconds = json["softly_ms"]?.integer
        expiryMilliseconds = json["expire_ms"]?.integer
        count = json["count"]?.integer
        outcome = json["outcome"]?.text
        error = json["error"]?.text
        durationMicroseconds = json["dur_us"]?.integer
        text = String(decoding: line, as: UTF8.self)
    }

    /// Whether the record names `key` as what was mutated or as what was reached.
    public func concerns(_ key: ByteString) -> Bool {
        self.key == key || targets.contains { $0.key == key }
    }

    /// How many keys it reached beside those that it lists.
    public var unlisted: Int { max(0, targetCount - targets.count) }

    private static func actor(_ json: JSONValue) -> String {
        let user = json["user"]?.text ?? ""
        let address = json["addr"]?.text ?? ""
        return user + (user.isEmpty || address.isEmpty ? "" : "@") + address
    }

    private static func target(_ json: JSONValue) -> Target {
        Target(
            key: KeyText.unescape(json["key"]?.bytes ?? []), depth: json["depth"]?.integer ?? 0,
            from: KeyText.unescape(json["from"]?.bytes ?? []), why: json["why"]?.text ?? "",
            line: json["line"]?.text ?? "", via: json["via"]?.text ?? "", fate: json["fate"]?.text)
    }
}
