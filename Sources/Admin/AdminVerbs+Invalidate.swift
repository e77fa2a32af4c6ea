import Audit
import Bytes
import Invalidation

extension AdminVerbs {
    static let invalidateFamily = Family(
        name: "INVALIDATE",
        help: [
            "INVALIDATE EXPR <expression> [<option> ...]",
            "    Remove the keys whose tags fit, 'tag:a & !(tag:b | tag:c)', and what depends on those.",
            "INVALIDATE KEY <key> [<key> ...] [<option> ...]",
            "    Remove the keys and everything that depends on them.",
            "INVALIDATE PATTERN <pattern> [FORCE] [<option> ...]",
            "    Remove every key whose name matches, and what depends on those; FORCE if that is every key.",
            "INVALIDATE PROGRESS <number>",
            "    Tell how far the work of this number is.",
            "INVALIDATE RELATED <key> [<key> ...] [WITHSELF] [<option> ...]",
            "    Remove everything that depends on the keys, not the keys themselves.",
            "INVALIDATE TAG <tag> [<tag> ...] [<option> ...]",
            "    Remove every key that carries one of the tags or a tag below it, and what depends on those.",
            "    Options: DB <n>, DRYRUN, SOFTLY <time> (they expire within it), OVER <time> (spread),",
            "    ASYNC (answer with the number of the work in the queue). A name that looks like an option",
            "    goes behind --, as in KEY DRYRUN -- softly.",
        ],
        run: { verbs, arguments, call, done in verbs.invalidate(arguments, call, done) })

    static let timeToLiveFamily = Family(
        name: "TTL",
        help: [
            "TTL <time> <key> [<key> ...] [DB <n>] [DRYRUN] [ASYNC]",
            "    Let the keys expire after a time: 1500ms, 30s, 5m, 2h or 1d.",
        ],
        run: { verbs, arguments, call, done in verbs.timeToLive(arguments, call, done) })

    private func invalidate(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        guard let kind = arguments.first?.text.uppercased() else {
            return done(Self.wrongArity("freshet|invalidate"))
        }
        if kind == "PROGRESS" { return progress(arguments, done) }
        let options = RequestOptions(
            Array(arguments.dropFirst()), database: database(call), allowed: Self.words(of: kind))
        if let problem = options.problem { return done(.error("ERR freshet: \(problem)")) }
        let takesOne = kind == "PATTERN" || kind == "EXPR"
        guard !options.names.isEmpty, !takesOne || options.names.count == 1 else {
            return done(Self.wrongArity("freshet|invalidate|\(kind.lowercased())"))
        }
        let subject: InvalidationRequest.Subject
        switch kind {
        case "KEY": subject = .keys(options.names)
        case "TAG": subject = .tags(options.names)
        case "RELATED" where options.has(.withSelf): subject = .keys(options.names)
        case "RELATED": subject = .related(options.names)
        case "PATTERN":
            if !options.has(.force), let problem = GlobLikeness.problem(options.names[0]) {
                return done(.error("ERR freshet: \(problem)"))
            }
            subject = .pattern(options.names[0])
        case "EXPR": subject = .expression(options.names[0])
        default:
            return done(
                .error(
                    "ERR unknown subcommand '\(arguments[0].description)' of FRESHET INVALIDATE:"
                        + " expected KEY, TAG, PATTERN, RELATED, EXPR or PROGRESS"))
        }
        run(subject, options, call, done)
    }

    private func progress(_ arguments: [ByteString], _ done: @escaping (AdminReply) -> Void) {
        guard arguments.count == 2 else { return done(Self.wrongArity("freshet|invalidate|progress")) }
        guard let number = arguments[1].integer else {
            return done(
                .error(
                    "ERR freshet: expected the number of a piece of work, found "
                        + "'\(arguments[1].description)'; see FRESHET QUEUE"))
        }
        invalidator.progress(Int64(number)) { progress in
            guard let progress else { return done(.error("ERR freshet: there is no work \(number)")) }
            var pairs: [(String, AdminReply)] = [
                ("state", .text(ByteString(progress.state))), ("reached", .integer(progress.reached)),
            ]
            if let expected = progress.expected { pairs.append(("expected", .integer(expected))) }
            if let rate = progress.keysPerSecond { pairs.append(("keys-per-second", .integer(Int(rate)))) }
            if let seconds = progress.etaSeconds { pairs.append(("eta-seconds", .integer(Int(seconds)))) }
            if let outcome = progress.outcome {
                pairs.append(("deleted", .integer(outcome.deleted)))
                if let error = outcome.error { pairs.append(("error", .text(ByteString(error)))) }
            }
            done(.pairs(pairs))
        }
    }

    private static func words(of kind: String) -> Set<RequestOptions.Word> {
        var words: Set<RequestOptions.Word> = [.db, .dryRun, .softly, .over, .async]
        if kind == "PATTERN" { words.insert(.force) }
        if kind == "RELATED" { words.insert(.withSelf) }
        return words
    }

    private func timeToLive(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        guard arguments.count >= 2 else { return done(Self.wrongArity("freshet|ttl")) }
        guard let milliseconds = RequestOptions.milliseconds(arguments[0]) else {
            return done(
                .error(
                    "ERR freshet: expected \(DurationText.form), behind FRESHET TTL, found"
                        + " '\(arguments[0].description)'; nothing was done"))
        }
        let options = RequestOptions(
            Array(arguments.dropFirst()), database: database(call), allowed: [.db, .dryRun, .async])
        if let problem = options.problem { return done(.error("ERR freshet: \(problem)")) }
        guard !options.names.isEmpty else { return done(Self.wrongArity("freshet|ttl")) }
        run(.timeToLive(options.names, milliseconds: milliseconds), options, call, done)
    }

    private func run(
        _ subject: InvalidationRequest.Subject, _ options: RequestOptions, _ call: Call,
        _ done: @escaping (AdminReply) -> Void
    ) {
        var request = InvalidationRequest(
            subject, database: options.database, isDryRun: options.has(.dryRun),
            actor: Self.actor(call))
        request.softlyMilliseconds = options.softlyMilliseconds
        request.overMilliseconds = options.overMilliseconds
        request.isForced = options.has(.force)
        guard options.has(.async), !request.isDryRun else {
            return invalidator.invalidate(request) { done(Self.reply($0, request)) }
        }
        invalidator.submit(request) { result in
            switch result {
            case .success(let number):
                done(.pairs([("queued", .integer(Int(number))), ("db", .integer(request.database))]))
            case .failure(let problem): done(.error("ERR freshet: \(problem.text)"))
            }
        }
    }

    private static func reply(_ outcome: CacheInvalidator.Outcome, _ request: InvalidationRequest)
        -> AdminReply
    {
        if let error = outcome.error {
            let text = "invalidation failed after \(outcome.deleted) keys: \(error)"
            return .error(outcome.reached == 0 ? "ERR freshet: \(error)" : "ERR freshet: \(text)")
        }
        var pairs: [(String, AdminReply)] = [
            (word(outcome, request), .integer(outcome.deleted)),
            ("reached", .integer(outcome.reached)),
            ("depth", .integer(outcome.deepest)),
            ("db", .integer(request.database)),
        ]
        if let queued = outcome.queued { pairs.append(("queued", .integer(Int(queued)))) }
        let notes = notes(outcome, request)
        if !notes.isEmpty { pairs.append(("note", .text(ByteString(notes.joined(separator: "; "))))) }
        let lines = outcome.targets.prefix(listedKeys).map { target in
            let from = target.from.isEmpty ? "" : " from \(target.from)"
            return "\(target.key) (depth \(target.depth)\(from): \(target.why))"
        }
        pairs.append(("keys", .lines(Array(lines))))
        return .pairs(pairs)
    }

    private static func notes(
        _ outcome: CacheInvalidator.Outcome, _ request: InvalidationRequest
    ) -> [String] {
        var notes: [String] = []
        if outcome.queued != nil {
            notes.append("it could not be done at once; see FRESHET QUEUE")
        } else if outcome.scansNames {
            notes.append("the index is suspect: all names are being looked through as well")
        }
        if case .pattern(let text) = request.subject, let note = GlobLikeness.note(text) {
            notes.append(note)
        }
        return notes
    }

    /// What the number of keys means.
    private static func word(_ outcome: CacheInvalidator.Outcome, _ request: InvalidationRequest) -> String {
        let verb: String
        if case .timeToLive = request.subject {
            verb = "set"
        } else {
            verb = request.softlyMilliseconds > 0 ? "soften" : "delete"
        }
        if outcome.wasLookOnly { return "would-\(verb)" }
        return verb == "set" ? "set" : verb == "soften" ? "softened" : "deleted"
    }
}
