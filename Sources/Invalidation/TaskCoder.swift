import Bytes
import Naming

/// Turns what a piece of work is to do into bytes and back.
enum TaskCoder {
    static func write(_ task: Work.Task, to writer: inout ByteWriter) {
        switch task {
        case .finish(let frontier):
            writer.write("finish")
            write(frontier, to: &writer)
        case .scan(let indexKeys):
            writer.write("scan")
            writer.write(indexKeys.sorted()) { $0.write($1) }
        case .fire(let firing):
            writer.write("fire")
            firing.write(to: &writer)
        case .request(let request):
            writer.write("request")
            request.write(to: &writer)
        case .built: writer.write("built")
        case .everything: writer.write("everything")
        case .empty(let all): writer.write(all ? "empty-all" : "empty")
        }
    }

    static func read(
        _ reader: inout ByteReader, _ conventions: Conventions
    ) throws(ByteReader.Damage) -> Work.Task {
        switch try reader.text() {
        case "finish": return .finish(try frontier(&reader, conventions))
        case "fire": return .fire(try Firing(from: &reader, conventions))
        case "scan":
            return .scan(Set(try reader.list { reader throws(ByteReader.Damage) in try reader.string() }))
        case "request": return .request(try InvalidationRequest(from: &reader))
        case "built": return .built
        case "everything": return .everything
        case "empty": return .empty(all: false)
        case "empty-all": return .empty(all: true)
        default: throw reader.damage
        }
    }

    // MARK: Frontiers

    /// Each convention once, then the parts, which name it by its place.
    private static func write(_ frontier: Frontier, to writer: inout ByteWriter) {
        var origins = OriginTable()
        for step in frontier.steps { origins.add(step.origin) }
        for take in frontier.takes { origins.add(take.origin) }
        writer.write(origins.all) { writer, origin in write(origin, to: &writer) }
        writer.write(frontier.steps) { writer, step in
            writer.write(step.key)
            writer.write(step.depth)
            writer.write(step.parent)
            writer.write(origins.place(of: step.origin))
        }
        writer.write(frontier.takes) { writer, take in
            writer.write(take.indexKey)
            writer.write(number(of: take.kind) + (take.isGone ? goneNumber : 0))
            writer.write(take.depth)
            writer.write(take.parent)
            writer.write(origins.place(of: take.origin))
            writer.write(take.cursor)
            writer.write(take.drain)
        }
        writer.write(frontier.roots) { writer, root in
            writer.write(root.key)
            writer.write(root.depth)
        }
        writer.write(frontier.firings) { writer, firing in firing.write(to: &writer) }
        write(frontier.lineage, to: &writer)
        writer.write(frontier.spent) { $0.write($1) }
    }

    private static func write(_ lineage: [Firing.Ancestor], to writer: inout ByteWriter) {
        writer.write(lineage) { writer, ancestor in
            writer.write(ancestor.rule)
            writer.write(ancestor.trigger)
        }
    }

    private static func frontier(
        _ reader: inout ByteReader, _ conventions: Conventions
    ) throws(ByteReader.Damage) -> Frontier {
        let origins = try reader.list { reader throws(ByteReader.Damage) in try readOrigin(&reader) }
        func origin(_ reader: inout ByteReader) throws(ByteReader.Damage) -> Origin? {
            let place = try reader.number()
            guard place <= UInt64(origins.count) else { throw reader.damage }
            return place == 0 ? nil : origins[Int(place) - 1]
        }
        var frontier = Frontier()
        frontier.steps = try reader.list { reader throws(ByteReader.Damage) in
            Frontier.Step(
                key: try reader.string(), depth: try depth(&reader), parent: try reader.string(),
                origin: try origin(&reader))
        }
        frontier.takes = try reader.list { reader throws(ByteReader.Damage) in
            let indexKey = try reader.string()
            let (kind, isGone) = try kind(&reader)
            return Frontier.Take(
                indexKey: indexKey, kind: kind, depth: try depth(&reader), parent: try reader.string(),
                origin: try origin(&reader), cursor: try reader.string(), drain: try reader.string(),
                isGone: isGone)
        }
        frontier.roots = try reader.list { reader throws(ByteReader.Damage) in
            Frontier.Root(key: try reader.string(), depth: try depth(&reader))
        }
        frontier.firings = try reader.list { reader throws(ByteReader.Damage) in
            try Firing(from: &reader, conventions)
        }
        frontier.lineage = try reader.list { reader throws(ByteReader.Damage) in
            Firing.Ancestor(rule: try reader.text(), trigger: try reader.string())
        }
        frontier.spent = try reader.list { reader throws(ByteReader.Damage) in try reader.string() }
        return frontier
    }

    private static func depth(_ reader: inout ByteReader) throws(ByteReader.Damage) -> Int {
        let depth = try reader.integer()
        guard depth >= 0, depth < 1 << 32 else { throw reader.damage }
        return depth
    }

    private static func number(of kind: IndexKind) -> UInt64 {
        switch kind {
        case .members: 0
        case .children: 1
        case .dependents: 2
        }
    }

    /// Added to the number of a kind where the members are gone.
    private static let goneNumber: UInt64 = 3

    private static func kind(
        _ reader: inout ByteReader
    ) throws(ByteReader.Damage) -> (kind: IndexKind, isGone: Bool) {
        let number = try reader.number()
        let isGone = number >= goneNumber
        switch isGone ? number - goneNumber : number {
        case 0: return (.members, isGone)
        case 1: return (.children, isGone)
        case 2: return (.dependents, isGone)
        default: throw reader.damage
        }
    }

    private static func write(_ origin: Origin, to writer: inout ByteWriter) {
        writer.write(origin.kind.rawValue)
        writer.write(origin.text)
        writer.write(origin.location.file)
        writer.write(origin.location.line)
        writer.write(origin.ruleName) { $0.write($1) }
    }

    private static func readOrigin(
        _ reader: inout ByteReader
    ) throws(ByteReader.Damage) -> Origin {
        guard let kind = Origin.Kind(rawValue: try reader.text()) else { throw reader.damage }
        let text = try reader.text()
        let place = SourceLocation(
            file: try reader.text(), line: try reader.integer(), column: 0, length: 0)
        let rule = try reader.optional { reader throws(ByteReader.Damage) in try reader.text() }
        return Origin(kind: kind, text: text, location: place, ruleName: rule)
    }
}

/// The conventions that a frontier names, each once.
private struct OriginTable {
    private(set) var all: [Origin] = []
    private var places: [Origin: UInt64] = [:]

    mutating func add(_ origin: Origin?) {
        guard let origin, places[origin] == nil else { return }
        all.append(origin)
        places[origin] = UInt64(all.count)
    }

    /// 0 for none.
    func place(of origin: Origin?) -> UInt64 { origin.flatMap { places[$0] } ?? 0 }
}
