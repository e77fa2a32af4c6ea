import Bytes
import Invalidation

extension AdminVerbs {
    static let tagFamily = Family(
        name: "TAG",
        help: [
            "TAG ADD <tag> <key> [<key> ...] [DB <n>]",
            "    Give a tag to keys that exist, beside those that their names tell.",
            "TAG DEL <tag> <key> [<key> ...] [DB <n>]",
            "    Take a tag that was given so from keys.",
            "TAG KEYS <tag> [DB <n>]", "    List the keys that carry a tag or a tag below it.",
            "TAG OF <key> [DB <n>]", "    List the tags that a key carries, by its name or given to it.",
        ],
        run: { verbs, arguments, call, done in verbs.tag(arguments, call, done) })

    private func tag(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        guard let verb = arguments.first?.text.uppercased() else {
            return done(Self.wrongArity("freshet|tag"))
        }
        let options = RequestOptions(
            Array(arguments.dropFirst()), database: database(call), allowed: [.db])
        if let problem = options.problem { return done(.error("ERR freshet: \(problem)")) }
        let (names, database) = (options.names, options.database)
        let tags = TagStore(engine: engine)
        func count(_ result: Result<Int, TagStore.Problem>) { done(Self.reply(result) { .integer($0) }) }
        func list(_ result: Result<[ByteString], TagStore.Problem>) {
            done(Self.reply(result) { .list($0.map { .text($0) }) })
        }
        let few = verb == "ADD" || verb == "DEL" ? names.count < 2 : names.count != 1
        switch verb {
        case "ADD", "DEL", "KEYS", "OF":
            if few { return done(Self.wrongArity("freshet|tag|\(verb.lowercased())")) }
        default:
            return done(
                .error(
                    "ERR unknown subcommand '\(arguments[0].description)' of FRESHET TAG: expected ADD, DEL, "
                        + "KEYS or OF"))
        }
        switch verb {
        case "ADD": tags.add(names[0], to: Array(names.dropFirst()), database: database, done: count)
        case "DEL": tags.remove(names[0], from: Array(names.dropFirst()), database: database, done: count)
        case "KEYS": tags.keys(tagged: names[0], database: database, done: list)
        default: tags.tags(of: names[0], database: database, done: list)
        }
    }

    private static func reply<Value>(
        _ result: Result<Value, TagStore.Problem>, _ show: (Value) -> AdminReply
    ) -> AdminReply {
        switch result {
        case .success(let value): show(value)
        case .failure(let problem): .error("ERR freshet: \(problem.text)")
        }
    }
}
