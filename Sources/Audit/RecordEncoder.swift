import Bytes

/// Turns records into lines of the chain.
///
/// A line is a JSON object whose last two members are `prev` and `hash`. `hash` is SHA-256, in hexadecimal,
/// over the hexadecimal digits of `prev` followed by the line as it stands without its `hash` member.
struct RecordEncoder: ~Copyable {
    private let keys: AuditLog.KeyPolicy
    private let targetLimit: Int
    private var digest = SHA256()

    init(keys: AuditLog.KeyPolicy, targetLimit: Int) {
        self.keys = keys
        self.targetLimit = targetLimit
    }

    /// The record as a line, newline included, and `link` moved on to it.
    mutating func line(_ record: AuditRecord, after link: inout ChainLink) -> [UInt8] {
        var json = JSONWriter()
        let sequence = link.sequence + 1
        json.open("{")
        header(record, sequence, &json)
        subject(record, &json)
        targets(record, &json)
        ending(record, &json)
        json.name("prev")
        json.string(link.hash)
        json.close("}")
        let previous = Array(link.hash.utf8)
        let hash = digest.hexadecimal(previous.span, json.bytes.span)
        link = ChainLink(sequence: sequence, hash: String(decoding: hash, as: UTF8.self))
        var line = json.bytes
        line.removeLast()
        line += ChainLink.hashPrefix
        line += hash
        line += ChainLink.hashSuffix
        line.append(0x0a)
        return line
    }

    private func header(_ record: AuditRecord, _ sequence: UInt64, _ json: inout JSONWriter) {
        json.name("ts")
        json.string(record.time.text)
        json.name("mono_ns")
        json.number(record.time.monotonicNanoseconds)
        json.name("seq")
        json.number(sequence)
        json.name("id")
        json.string(record.id.description)
        if let parent = record.parent {
            json.name("parent")
            json.string(parent.description)
        }
        json.name("kind")
        json.string(record.kind.rawValue)
        if let instance = record.instance {
            json.name("instance")
            json.string(instance)
        }
    }

    private mutating func subject(_ record: AuditRecord, _ json: inout JSONWriter) {
        if let actor = record.actor { write(actor, &json) }
        if let user = record.runsAs {
            json.name("as")
            json.string(KeyText.escape(user).span)
        }
        if let command = record.command {
            json.name("cmd")
            json.string(command)
        }
        if let database = record.database {
            json.name("db")
            json.number(database)
        }
        if let side = record.side {
            json.name("side")
            json.string(side)
        }
        if let key = record.key {
            json.name("key")
            write(key: key, &json)
        }
        if let cause = record.cause {
            json.name("cause")
            json.string(cause)
        }
    }

    private func write(_ actor: AuditActor, _ json: inout JSONWriter) {
        json.name("actor")
        json.open("{")
        json.name("user")
        json.string(KeyText.escape(actor.user).span)
        json.name("addr")
        json.string(actor.address)
        json.name("conn")
        json.number(actor.connection)
        if !actor.name.isEmpty {
            json.name("name")
            json.string(KeyText.escape(actor.name).span)
        }
        if !actor.library.isEmpty {
            json.name("lib")
            json.string(KeyText.escape(actor.library).span)
        }
        json.close("}")
    }

    private mutating func targets(_ record: AuditRecord, _ json: inout JSONWriter) {
        let count = record.targetCount ?? record.targets.count
        if count == 0 { return }
        json.name("targets")
        json.open("[")
        for target in record.targets.prefix(targetLimit) { write(target, &json) }
        json.close("]")
        json.name("target_count")
        json.number(count)
    }

    private mutating func write(_ target: AuditRecord.Target, _ json: inout JSONWriter) {
        json.open("{")
        json.name("key")
        write(key: target.key, &json)
        json.name("depth")
        json.number(target.depth)
        if !target.from.isEmpty {
            json.name("from")
            write(key: target.from, &json)
        }
        if !target.why.isEmpty {
            json.name("why")
            json.string(target.why)
            json.name("line")
            json.string(target.line)
        }
        json.name("via")
        json.string(target.via.rawValue)
        if let fate = target.fate, fate != .uncertain {
            json.name("fate")
            json.string(fate.rawValue)
        }
        json.close("}")
    }

    private func ending(_ record: AuditRecord, _ json: inout JSONWriter) {
        if let deleted = record.deleted {
            json.name("deleted")
            json.number(deleted)
        }
        if let milliseconds = record.softlyMilliseconds {
            json.name("softly_ms")
            json.number(milliseconds)
        }
        if let milliseconds = record.expiryMilliseconds {
            json.name("expire_ms")
            json.number(milliseconds)
        }
        if let count = record.count {
            json.name("count")
            json.number(count)
        }
        if let outcome = record.outcome {
            json.name("outcome")
            json.string(outcome.rawValue)
        }
        if let error = record.error {
            json.name("error")
            json.string(error)
        }
        if let duration = record.durationMicroseconds {
            json.name("dur_us")
            json.number(duration)
        }
    }

    private mutating func write(key: ByteString, _ json: inout JSONWriter) {
        switch keys {
        case .plain: json.string(KeyText.escape(key).span)
        case .hash: json.string(hashed(key))
        }
    }

    /// A key as the policy `hash` writes it: the first 128 bits of its SHA-256, so that equal keys can be
    /// told.
    mutating func hashed(_ key: ByteString) -> String {
        let nothing: [UInt8] = []
        let digits = digest.hexadecimal(key.span, nothing.span)
        return "sha256:" + String(decoding: digits.prefix(32), as: UTF8.self)
    }

    /// What `key` may be called in a log: as it is, and as the policy `hash` writes it.
    static func names(of key: ByteString) -> [ByteString] {
        var encoder = RecordEncoder(keys: .hash, targetLimit: 0)
        return [key, ByteString(encoder.hashed(key))]
    }
}
