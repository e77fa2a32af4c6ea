import Audit
import Bytes
import Invalidation

extension AdminVerbs {
    static let queueFamily = Family(
        name: "QUEUE",
        help: [
            "QUEUE [LIST [STATE <state>] [RULE <rule>] [SIDE primary|fallback] [LIMIT <n>]]",
            "    List the engine's work: what it is, its state, how far it is.",
            "QUEUE CANCEL <id>",
            "    Give a piece of work up; what it has not invalidated stays.",
            "QUEUE PAUSE <id>",
            "    Set a piece of work aside until it is resumed.",
            "QUEUE RESUME <id>",
            "    Let a paused piece go on, or one that max-fanout or max-depth stopped.",
            "QUEUE SHOW <id>",
            "    Show one piece of work with its cause.",
        ],
        run: { verbs, arguments, call, done in verbs.queue(arguments, call, done) })

    /// How many pieces LIST tells unless LIMIT says otherwise.
    static let listedWork = 100

    private func queue(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        let rest = Array(arguments.dropFirst())
        switch arguments.first?.text.uppercased() ?? "LIST" {
        case "LIST": list(rest, done)
        case "SHOW": withID(rest, "show", done) { self.show($0, "QUEUE", done) }
        case "PAUSE":
            withID(rest, "pause", done) { id in
                engine.pauseWork(id, actor: Self.actor(call)) { done(Self.reply(id, $0, "paused")) }
            }
        case "RESUME":
            withID(rest, "resume", done) { id in
                engine.resumeWork(id, actor: Self.actor(call)) { done(Self.reply(id, $0, "resumed")) }
            }
        case "CANCEL":
            withID(rest, "cancel", done) { id in
                engine.cancelWork(id, actor: Self.actor(call)) { done(Self.reply(id, $0, "cancelled")) }
            }
        default:
            done(
                .error(
                    "ERR unknown subcommand '\(arguments[0].description)' of FRESHET QUEUE: expected LIST, "
                        + "SHOW, PAUSE, RESUME or CANCEL"))
        }
    }

    private func list(_ arguments: [ByteString], _ done: (AdminReply) -> Void) {
        switch WorkFilterParser.parse(arguments, allowed: ["STATE", "RULE", "SIDE", "LIMIT"]) {
        case .failure(let problem): done(.error(problem.text))
        case .success(var filter):
            filter.limit = filter.limit ?? Self.listedWork
            done(.list(engine.queueEntries(filter).map { .pairs(Self.fields(of: $0)) }))
        }
    }

    func show(_ id: Int64, _ verb: String, _ done: @escaping (AdminReply) -> Void) {
        engine.queueEntry(id) { entry in
            guard let entry, (entry.state == "dead") == (verb == "DLQ") else {
                return done(.error("ERR freshet: there is no \(id), see FRESHET \(verb) LIST"))
            }
            done(.pairs(Self.fields(of: entry) + Self.details(of: entry)))
        }
    }

    func withID(
        _ arguments: [ByteString], _ verb: String, _ done: (AdminReply) -> Void, _ body: (Int64) -> Void
    ) {
        guard arguments.count == 1 else { return done(Self.wrongArity("freshet|queue|\(verb)")) }
        guard let id = arguments[0].integer else {
            return done(
                .error("ERR freshet: expected the id of a piece of work, found '\(arguments[0])'"))
        }
        body(Int64(id))
    }

    static func actor(_ call: Call) -> AuditActor {
        AuditActor(user: "admin", address: call.peer, connection: 0)
    }

    private static func reply(_ id: Int64, _ change: Engine.Change, _ word: String) -> AdminReply {
        switch change {
        case .done: .status("OK")
        case .unknown: .error("ERR freshet: there is no \(id), see FRESHET QUEUE LIST")
        case .impossible(let state): .error("ERR freshet: \(id) is \(state) and cannot be \(word)")
        }
    }

    // MARK: Entries

    static func fields(of entry: QueueEntry) -> [(String, AdminReply)] {
        var fields: [(String, AdminReply)] = [
            ("id", .integer(Int(entry.id))), ("age", number(entry.ageSeconds)),
            ("what", .text(ByteString(entry.what))), ("state", .text(ByteString(entry.state))),
            ("side", .text(ByteString(entry.side))), ("rule", .text(ByteString(entry.rule ?? ""))),
            ("done", .integer(entry.done)), ("total", .text(ByteString(entry.total.map { "\($0)" } ?? ""))),
            ("rate", entry.rate.map(number) ?? .text("")),
            ("eta", entry.etaSeconds.map(number) ?? .text("")),
            ("due-in", number(entry.dueInSeconds)), ("attempts", .integer(entry.attempts)),
        ]
        if entry.isHeldByBrake { fields.append(("held-by", .text("FRESHET PAUSE"))) }
        if let error = entry.error { fields.append(("error", .text(ByteString(error)))) }
        return fields
    }

    static func details(of entry: QueueEntry) -> [(String, AdminReply)] {
        [
            ("command", .text(entry.command)), ("db", .integer(entry.database)),
            ("actor", .text(ByteString(entry.actor ?? ""))),
            ("audit", .text(ByteString(entry.parent ?? ""))), ("merged", .integer(entry.merged)),
            ("keys", .list(entry.keys.prefix(listedWork).map { .text($0) })),
            ("targets", .list(entry.targets.map { .text($0) })),
        ]
    }

    /// With at most one digit behind the point.
    static func number(_ value: Double) -> AdminReply {
        let tenths = Int((min(value, 1e15) * 10).rounded())
        return .text(ByteString(tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"))
    }
}
