import Audit
import Bytes
import Naming

/// Turns work into bytes for the store and back.
///
/// The first byte is the version of the format. Bytes that are damaged, or of a version that this build does
/// not know, are refused as a whole; nothing is guessed. Conventions are stored by their text and place, so
/// that the audit can say why even if the configuration has changed meanwhile.
enum WorkCoder {
    static let version: UInt64 = 1

    static func encode(_ work: Work) -> ByteString {
        var writer = ByteWriter()
        writer.write(version)
        writer.write(work.side.rawValue)
        write(work.manner, to: &writer)
        writer.write(work.cause, to: ())
        writer.write(work.parent) { writer, parent in
            writer.write(parent.high)
            writer.write(parent.low)
        }
        writer.write(work.rule) { $0.write($1) }
        for number in numbers(work) { writer.write(number) }
        writer.write(work.error) { $0.write($1) }
        writer.write(work.isBig)
        writer.write(work.isReleased)
        TaskCoder.write(work.task, to: &writer)
        return ByteString(writer.bytes)
    }

    /// Reads work; its number, state, due time and merge key are in the store's row beside the bytes.
    static func decode(
        _ bytes: ByteString, _ conventions: Conventions
    ) throws(ByteReader.Damage) -> Work {
        var reader = ByteReader(bytes.bytes)
        guard try reader.number() == version else { throw reader.damage }
        guard let side = Side(rawValue: try reader.text()) else { throw reader.damage }
        let manner = try readManner(&reader)
        let cause = try reader.cause()
        let parent = try reader.optional { reader throws(ByteReader.Damage) in
            ULID(high: try reader.number(), low: try reader.number())
        }
        let rule = try reader.optional { reader throws(ByteReader.Damage) in try reader.text() }
        var work = Work(.everything, cause, parent: parent, side: side, manner: manner, rule: rule)
        try readNumbers(&work, &reader)
        work.error = try reader.optional { reader throws(ByteReader.Damage) in try reader.text() }
        work.isBig = try reader.flag()
        work.isReleased = try reader.flag()
        work.task = try TaskCoder.read(&reader, conventions)
        guard reader.isAtEnd else { throw reader.damage }
        return work
    }

    private static func numbers(_ work: Work) -> [Int] {
        [
            work.delayMilliseconds, work.debounceMilliseconds, work.spreadMilliseconds, work.attempts,
            work.refusals, Int(work.accepted), work.waitMilliseconds, work.reached, work.deepest,
            work.joined,
        ]
    }

    private static func readNumbers(_ work: inout Work, _ reader: inout ByteReader) throws(ByteReader.Damage)
    {
        func count() throws(ByteReader.Damage) -> Int {
            let number = try reader.integer()
            guard number >= 0, number <= 1 << 53 else { throw reader.damage }
            return number
        }
        work.delayMilliseconds = try count()
        work.debounceMilliseconds = try count()
        work.spreadMilliseconds = try count()
        work.attempts = try count()
        work.refusals = try count()
        work.accepted = Int64(try count())
        work.waitMilliseconds = try count()
        work.reached = try count()
        work.deepest = try count()
        work.joined = try count()
    }

    private static func write(_ manner: Manner, to writer: inout ByteWriter) {
        switch manner {
        case .remove: writer.write(UInt64(0))
        case .look: writer.write(UInt64(1))
        case .soften(let milliseconds):
            writer.write(UInt64(2))
            writer.write(milliseconds)
        }
    }

    private static func readManner(_ reader: inout ByteReader) throws(ByteReader.Damage) -> Manner {
        switch try reader.number() {
        case 0: return .remove
        case 1: return .look
        case 2:
            let milliseconds = try reader.integer()
            guard milliseconds >= 0, milliseconds <= 1 << 53 else { throw reader.damage }
            return .soften(withinMilliseconds: milliseconds)
        default: throw reader.damage
        }
    }
}

extension ByteWriter {
    fileprivate mutating func write(_ cause: Cause, to: Void) {
        write(cause.source.rawValue)
        write(cause.subject.rawValue)
        write(cause.actor) { writer, actor in
            writer.write(actor.user)
            writer.write(actor.address)
            writer.write(actor.connection)
            writer.write(actor.name)
            writer.write(actor.library)
        }
        write(cause.command)
        write(cause.database)
        write(cause.keys) { $0.write($1) }
        write(cause.note) { $0.write($1) }
        write(cause.side.rawValue)
    }
}

extension ByteReader {
    fileprivate mutating func cause() throws(Damage) -> Cause {
        guard let source = Cause.Source(rawValue: try text()),
            let subject = Cause.Subject(rawValue: try text())
        else { throw damage }
        let actor = try optional { reader throws(Damage) in
            AuditActor(
                user: try reader.string(), address: try reader.text(), connection: try reader.number(),
                name: try reader.string(), library: try reader.string())
        }
        let command = try string()
        let database = try integer()
        guard database >= 0 else { throw damage }
        let keys = try list { reader throws(Damage) in try reader.string() }
        let note = try optional { reader throws(Damage) in try reader.text() }
        var cause = Cause(
            source: source, subject: subject, actor: actor, command: command, database: database, keys: keys,
            note: note)
        guard let side = Side(rawValue: try text()) else { throw damage }
        cause.side = side
        return cause
    }
}
