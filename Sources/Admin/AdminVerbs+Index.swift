import Bytes
import Invalidation

extension AdminVerbs {
    static let indexFamily = Family(
        name: "INDEX",
        help: [
            "INDEX CHECK",
            "    Compare the names of all keys with the index and tell what it lacks; that is then mended.",
            "INDEX REBUILD", "    Add what the index lacks now, and answer when that is done.",
            "INDEX HELP", "    Print the lines about INDEX.",
        ],
        run: { verbs, arguments, _, done in verbs.index(arguments, done) })

    private func index(_ arguments: [ByteString], _ done: @escaping (AdminReply) -> Void) {
        guard let verb = arguments.first?.text.uppercased() else {
            return done(Self.wrongArity("freshet|index"))
        }
        guard arguments.count == 1 else { return done(Self.wrongArity("freshet|index|\(verb.lowercased())")) }
        let inspection = IndexInspection(engine: engine)
        switch verb {
        case "CHECK": inspection.check { done(.list($0.map { Self.reply($0, missing: "missing") })) }
        case "REBUILD": inspection.rebuild { done(.list($0.map { Self.reply($0, missing: "added") })) }
        case "HELP": done(.lines(Self.indexFamily.help))
        default:
            done(
                .error(
                    "ERR unknown subcommand '\(arguments[0].description)' of FRESHET INDEX: expected CHECK, "
                        + "REBUILD or HELP"))
        }
    }

    private static func reply(_ report: IndexInspection.Report, missing word: String) -> AdminReply {
        var pairs: [(String, AdminReply)] = [
            ("side", .text(ByteString(report.side.rawValue))), ("keys", .integer(report.keys)),
            ("records", .integer(report.records)), (word, .integer(report.missing)),
        ]
        if let problem = report.problem { pairs.append(("problem", .text(ByteString(problem)))) }
        if !report.examples.isEmpty {
            let lines = report.examples.map { "\($0.key) is not in \($0.set)" }
            pairs.append(("examples", .lines(lines)))
        }
        return .pairs(pairs)
    }
}
