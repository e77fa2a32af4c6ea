public import Audit
public import Bytes
import Naming

/// What somebody asks to be invalidated, and how.
public struct InvalidationRequest: Sendable {
    public enum Subject: Sendable, Equatable {
        /// The keys themselves and everything that depends on them.
        case keys([ByteString])
        /// Every key that carries one of the tags or a tag below it, and everything that depends on those.
        case tags([ByteString])
        /// Everything that depends on the keys, not the keys themselves.
        case related([ByteString])
        /// Every key whose name matches a pattern of proxy.conf's language, and what depends on those.
        case pattern(ByteString)
        /// Every key for which an expression of tags holds (`TagExpression`), and what depends on those.
        case expression(ByteString)
        /// The keys expire after so many milliseconds.
        case timeToLive([ByteString], milliseconds: Int)

        /// What the request names: keys, tags, a pattern or an expression.
        public var names: [ByteString] {
            switch self {
            case .keys(let names), .tags(let names), .related(let names), .timeToLive(let names, _): names
            case .pattern(let text), .expression(let text): [text]
            }
        }
    }

    public var subject: Subject
    public var database: Int
    /// Whether nothing is removed, only found.
    public var isDryRun: Bool
    public var actor: AuditActor?
    /// Within how many milliseconds the keys expire, each at a moment of its own; 0: they are removed. A
    /// key that would expire sooner does.
    public var softlyMilliseconds = 0
    /// Over how many milliseconds the work is spread; 0 for as fast as may be.
    public var overMilliseconds = 0
    /// Whether a pattern may match every key.
    public var isForced = false

    public init(_ subject: Subject, database: Int = 0, isDryRun: Bool = false, actor: AuditActor? = nil) {
        self.subject = subject
        self.database = database
        self.isDryRun = isDryRun
        self.actor = actor
    }

    var manner: Manner {
        if isDryRun { return .look }
        return softlyMilliseconds > 0 ? .soften(withinMilliseconds: softlyMilliseconds) : .remove
    }

    var cause: Cause {
        let (subject, verb): (Cause.Subject, ByteString) =
            switch subject {
            case .keys: (.key, "freshet invalidate key")
            case .tags: (.tag, "freshet invalidate tag")
            case .related: (.related, "freshet invalidate related")
            case .pattern: (.pattern, "freshet invalidate pattern")
            case .expression: (.tag, "freshet invalidate expr")
            case .timeToLive: (.key, "freshet ttl")
            }
        return Cause(
            source: .admin, subject: subject, actor: actor, command: verb, database: database,
            keys: self.subject.names)
    }

    /// Why it cannot be carried out; nil when it can.
    func problem(_ conventions: Conventions) -> String? {
        switch subject {
        case .keys(let keys), .timeToLive(let keys, _):
            if let key = keys.first(where: { Conventions.isReserved($0.span) }) {
                return "'\(key)' is a key of the tag index; nothing was invalidated"
            }
            if let key = keys.first(where: { conventions.isProtected($0.span) }) {
                return "'\(key)' is protected by proxy.conf; nothing was invalidated"
            }
        case .pattern(let text):
            do {
                let pattern = try KeyPattern(text, conventions)
                if pattern.isBroad, !isForced {
                    return "'\(text)' matches every key of its shape; give it a literal, or add FORCE"
                }
            } catch {
                return "\(error)"
            }
        case .expression(let text):
            do { _ = try TagExpression(text) } catch { return "\(error)" }
        case .tags(let tags):
            if tags.contains("") { return "expected the name of a tag, found nothing" }
        case .related: break
        }
        return nil
    }

    /// What it means where names and index sets say all; nil where candidates have to be looked for.
    func frontier(_ conventions: Conventions) -> Frontier? {
        var frontier = Frontier()
        switch subject {
        case .keys(let keys):
            for key in keys where !Conventions.isReserved(key.span) {
                frontier.steps.append(Frontier.Step(key: key, depth: 0, parent: "", origin: nil))
            }
        case .related(let keys):
            frontier.roots = keys.map { Frontier.Root(key: $0, depth: 0) }
        case .tags(let tags):
            for tag in tags { frontier.add(asked: tag, conventions, parent: tag) }
        case .pattern, .expression, .timeToLive: return nil
        }
        return frontier
    }
}

extension Frontier {
    /// Adds what a tag means to somebody who asks for it: whatever the conventions say of it by now, keys may
    /// have been given it by hand, or be recorded under it from before.
    mutating func add(asked tag: ByteString, _ conventions: Conventions, parent: ByteString) {
        var found = Frontier()
        found.add(tag: tag, conventions, depth: 1, parent: parent, origin: nil)
        let origin = conventions.tag(tag).origins.first
        for (set, kind) in [
            (IndexKey.members(of: tag), IndexKind.members), (IndexKey.children(of: tag), .children),
        ] where !found.takes.contains(where: { $0.indexKey == set }) {
            found.takes.append(
                Take(indexKey: set, kind: kind, depth: 1, parent: parent, origin: origin))
        }
        append(found)
    }
}

// MARK: Bytes

extension InvalidationRequest {
    /// Whether `other` asks for the same, whoever asks.
    func asks(_ other: InvalidationRequest) -> Bool {
        var (mine, others) = (ByteWriter(), ByteWriter())
        write(to: &mine)
        other.write(to: &others)
        return mine.bytes == others.bytes
    }

    func write(to writer: inout ByteWriter) {
        let (kind, milliseconds) = code
        writer.write(kind)
        writer.write(subject.names) { $0.write($1) }
        for number in [milliseconds, database, softlyMilliseconds, overMilliseconds] { writer.write(number) }
        writer.write(isDryRun)
        writer.write(isForced)
    }

    private var code: (kind: String, milliseconds: Int) {
        switch subject {
        case .keys: ("keys", 0)
        case .tags: ("tags", 0)
        case .related: ("related", 0)
        case .pattern: ("pattern", 0)
        case .expression: ("expression", 0)
        case .timeToLive(_, let milliseconds): ("ttl", milliseconds)
        }
    }

    /// Reads what `write` wrote; who asked is in the cause of the work.
    init(from reader: inout ByteReader) throws(ByteReader.Damage) {
        let kind = try reader.text()
        let names = try reader.list { reader throws(ByteReader.Damage) in try reader.string() }
        let milliseconds = try reader.integer()
        switch kind {
        case "keys": subject = .keys(names)
        case "tags": subject = .tags(names)
        case "related": subject = .related(names)
        case "pattern" where names.count == 1: subject = .pattern(names[0])
        case "expression" where names.count == 1: subject = .expression(names[0])
        case "ttl": subject = .timeToLive(names, milliseconds: milliseconds)
        default: throw reader.damage
        }
        database = try reader.integer()
        softlyMilliseconds = try reader.integer()
        overMilliseconds = try reader.integer()
        for number in [milliseconds, database, softlyMilliseconds, overMilliseconds] {
            guard number >= 0, number <= 1 << 53 else { throw reader.damage }
        }
        isDryRun = try reader.flag()
        isForced = try reader.flag()
    }
}
