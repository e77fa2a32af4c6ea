import Bytes
import Invalidation

extension AdminVerbs {
    static let deadLetterFamily = Family(
        name: "DLQ",
        help: [
            "DLQ DROP <id>|ALL|<filter> ...",
            "    Forget invalidations that failed for good: what they should have invalidated stays.",
            "DLQ LIST [<filter> ...]",
            "    List them. Filters: RULE <rule>, ERROR <text>, SIDE <side>, SINCE <duration>,",
            "    MATCH <key pattern>, LIMIT <n>.",
            "DLQ RETRY <id>|ALL|<filter> ...",
            "    Try them again from the start; the answer is how many.",
            "DLQ SHOW <id>",
            "    Show one with its cause, its keys and why it failed.",
        ],
        run: { verbs, arguments, call, done in verbs.deadLetters(arguments, call, done) })

    private static let deadFilters = ["RULE", "ERROR", "SIDE", "SINCE", "MATCH", "LIMIT"]

    private func deadLetters(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void)
    {
        guard let verb = arguments.first?.text.uppercased() else {
            return done(Self.wrongArity("freshet|dlq"))
        }
        let rest = Array(arguments.dropFirst())
        switch verb {
        case "LIST": listDead(rest, done)
        case "SHOW":
            guard rest.count == 1 else { return done(Self.wrongArity("freshet|dlq|show")) }
            guard let id = rest[0].integer else {
                return done(.error("ERR freshet: expected the id of a dead letter, found '\(rest[0])'"))
            }
            show(Int64(id), "DLQ", done)
        case "RETRY":
            meant(rest, "retry", done) { [engine] filter in
                engine.retryDead(filter, actor: Self.actor(call)) { done(.integer($0)) }
            }
        case "DROP":
            meant(rest, "drop", done) { [engine] filter in
                engine.dropDead(filter, actor: Self.actor(call)) { done(.integer($0)) }
            }
        default:
            done(
                .error(
                    "ERR unknown subcommand '\(arguments[0].description)' of FRESHET DLQ: "
                        + "expected LIST, SHOW, RETRY or DROP"))
        }
    }

    private func listDead(_ arguments: [ByteString], _ done: (AdminReply) -> Void) {
        switch WorkFilterParser.parse(arguments, allowed: Self.deadFilters) {
        case .failure(let problem): done(.error(problem.text))
        case .success(var filter):
            filter.state = "dead"
            filter.limit = filter.limit ?? Self.listedWork
            done(.list(engine.queueEntries(filter).map { .pairs(Self.fields(of: $0)) }))
        }
    }

    /// Nothing is meant by nothing: who means all must say so.
    private func meant(
        _ arguments: [ByteString], _ verb: String, _ done: (AdminReply) -> Void, _ body: (WorkFilter) -> Void
    ) {
        guard let first = arguments.first else { return done(Self.wrongArity("freshet|dlq|\(verb)")) }
        if arguments.count == 1, first.text.uppercased() == "ALL" { return body(WorkFilter()) }
        if arguments.count == 1, let id = first.integer {
            var filter = WorkFilter()
            filter.number = Int64(id)
            return body(filter)
        }
        switch WorkFilterParser.parse(arguments, allowed: Self.deadFilters) {
        case .failure(let problem): done(.error(problem.text))
        case .success(let filter): body(filter)
        }
    }
}
