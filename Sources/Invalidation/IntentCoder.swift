import Audit
import Bytes
import Relay

/// The intent of a write as bytes of the journal: who writes which keys, with which command, where.
///
/// What follows from the keys is not noted: names tell it again when it is needed.
enum IntentCoder {
    private static let version: UInt8 = 1

    /// An intent read back.
    struct Found: Hashable {
        var command: ByteString
        /// Every database in which the write may have happened.
        var databases: [Int]
        var keys: [ByteString]
        var actor: AuditActor

        /// The same keys went stale in the same way: once is enough.
        static func == (left: Found, right: Found) -> Bool {
            left.databases == right.databases && left.keys == right.keys
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
        append(intent.actor.user, to: &buffer)
        append(intent.actor.address, to: &buffer)
        append(intent.actor.connection, to: &buffer)
        append(intent.actor.name, to: &buffer)
        append(intent.actor.library, to: &buffer)
        append(intent.keys.count + rest.count, to: &buffer)
        for key in intent.keys { append(key.name, to: &buffer) }
        for key in rest { append(key.name, to: &buffer) }
    }

    /// Nil for what no version that is known has written.
    static func decode(_ bytes: [UInt8]) -> Found? {
        var reader = ByteReader(bytes)
        do throws(ByteReader.Damage) {
            guard try reader.byte() == version else { return nil }
            let command = try reader.string()
            var databases: [Int] = []
            for _ in 0..<3 {
                let database = Int(truncatingIfNeeded: try reader.number())
                if !databases.contains(database) { databases.append(database) }
            }
            let user = try reader.string()
            let address = try reader.text()
            let connection = try reader.number()
            let actor = AuditActor(
                user: user, address: address, connection: connection, name: try reader.string(),
                library: try reader.string())
            let keys = try reader.list { reader throws(ByteReader.Damage) in try reader.string() }
            return Found(command: command, databases: databases, keys: keys, actor: actor)
        } catch { return nil }
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
