import Audit
import Bytes
import Relay

/// The intent of a write as bytes of the journal: who writes which keys, with which command, where.
///
/// What follows from the keys is not noted: names tell it again when it is needed.
enum IntentCoder {
    private static let version: UInt8 = 1
    /// Of an intent to replace what databases hold.
    private static let replacing: UInt8 = 2

    /// An intent read back.
    struct Found: Hashable {
        var command: ByteString
        /// Every database in which the write may have happened.
        var databases: [Int]
        var keys: [ByteString]
        var actor: AuditActor
        /// Where the databases were to be emptied or exchanged; nil for a write of keys.
        var replacedAt: Side?
        /// Whether that is every database.
        var replacesAll = false

        /// The same keys went stale in the same way: once is enough.
        static func == (left: Found, right: Found) -> Bool {
            left.databases == right.databases && left.keys == right.keys
                && left.replacedAt == right.replacedAt && left.replacesAll == right.replacesAll
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(databases)
            hasher.combine(keys)
        }

        func cause(in database: Int) -> Cause {
            Cause(
                source: .mutation, subject: .key, actor: actor, command: command, database: database,
                keys: keys, note: "finished after a crash")
        }
    }

    static func encode(
        _ intent: WriteIntent, and rest: ArraySlice<WriteIntent.Key>, into buffer: inout ByteBuffer
    ) {
        buffer.append(version)
        append(intent.command, to: &buffer)
        append(intent.database, to: &buffer)
        append(intent.sessionDatabase, to: &buffer)
        append(intent.targetDatabase ?? intent.database, to: &buffer)
        append(intent.actor, to: &buffer)
        append(intent.keys.count + rest.count, to: &buffer)
        for key in intent.keys { append(key.name, to: &buffer) }
        for key in rest { append(key.name, to: &buffer) }
    }

    static func encode(
        replacing databases: [Int]?, at side: Side, _ command: ByteString, _ actor: Actor,
        into buffer: inout ByteBuffer
    ) {
        buffer.append(replacing)
        append(command, to: &buffer)
        append(side == .primary ? 0 : 1, to: &buffer)
        append(databases == nil ? 1 : 0, to: &buffer)
        append(actor, to: &buffer)
        append(databases?.count ?? 0, to: &buffer)
        for database in databases ?? [] { append(database, to: &buffer) }
    }

    /// Nil for what no version that is known has written.
    static func decode(_ bytes: [UInt8]) -> Found? {
        var reader = ByteReader(bytes)
        do throws(ByteReader.Damage) {
            switch try reader.byte() {
            case version: return try write(&reader)
            case replacing: return try replacement(&reader)
            default: return nil
            }
        } catch { return nil }
    }

    private static func replacement(_ reader: inout ByteReader) throws(ByteReader.Damage) -> Found {
        let command = try reader.string()
        let side: Side = try reader.number() == 0 ? .primary : .fallback
        let all = try reader.number() == 1
        let actor = try actor(&reader)
        let databases = try reader.list { reader throws(ByteReader.Damage) in
            Int(truncatingIfNeeded: try reader.number())
        }
        return Found(
            command: command, databases: all ? [0] : databases, keys: [], actor: actor, replacedAt: side,
            replacesAll: all)
    }

    private static func write(_ reader: inout ByteReader) throws(ByteReader.Damage) -> Found {
        let command = try reader.string()
        var databases: [Int] = []
        for _ in 0..<3 {
            let database = Int(truncatingIfNeeded: try reader.number())
            if !databases.contains(database) { databases.append(database) }
        }
        let actor = try actor(&reader)
        let keys = try reader.list { reader throws(ByteReader.Damage) in try reader.string() }
        return Found(command: command, databases: databases, keys: keys, actor: actor)
    }

    private static func actor(_ reader: inout ByteReader) throws(ByteReader.Damage) -> AuditActor {
        let user = try reader.string()
        let address = try reader.text()
        let connection = try reader.number()
        return AuditActor(
            user: user, address: address, connection: connection, name: try reader.string(),
            library: try reader.string())
    }

    private static func append(_ actor: Actor, to buffer: inout ByteBuffer) {
        append(actor.user, to: &buffer)
        append(actor.address, to: &buffer)
        append(actor.connection, to: &buffer)
        append(actor.name, to: &buffer)
        append(actor.library, to: &buffer)
    }

    @inline(__always)
    private static func append(_ string: ByteString, to buffer: inout ByteBuffer) {
        buffer.append(number: UInt64(string.count))
        buffer.append(string.span)
    }

    private static func append(_ text: String, to buffer: inout ByteBuffer) {
        let bytes = text.utf8Span.span
        buffer.append(number: UInt64(bytes.count))
        buffer.append(bytes)
    }

    @inline(__always)
    private static func append(_ number: Int, to buffer: inout ByteBuffer) {
        buffer.append(number: UInt64(truncatingIfNeeded: number))
    }
}
