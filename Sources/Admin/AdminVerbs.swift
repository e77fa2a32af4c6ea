import Audit
public import Bytes
import Commands
public import Invalidation
public import Naming
import RESP

/// The verbs of the admin port: `FRESHET HELP` lists them. Runs on the engine's loop.
public final class AdminVerbs {
    /// One call: what follows `FRESHET`, and where it comes from.
    public struct Call: Sendable {
        public var arguments: [ByteString]
        /// The database chosen with SELECT; `DB n` at the end of a verb overrides it.
        public var database: Int
        public var peer: String

        public init(arguments: [ByteString], database: Int = 0, peer: String) {
            self.arguments = arguments
            self.database = database
            self.peer = peer
        }
    }

    /// What the verbs need of the rest of the program.
    public struct Services {
        /// Reads the configuration again; the text says what was wrong, or what needs a restart.
        public var reload: (_ done: @escaping (Result<String, ReloadError>) -> Void) -> Void
        /// Sections of `FRESHET INFO`, each with names and values.
        public var info: () -> [(section: String, fields: [(String, String)])]

        public init(
            reload: @escaping (_ done: @escaping (Result<String, ReloadError>) -> Void) -> Void,
            info: @escaping () -> [(section: String, fields: [(String, String)])]
        ) {
            self.reload = reload
            self.info = info
        }
    }

    /// The configuration was not accepted; the running one stays.
    public struct ReloadError: Error, Sendable {
        public let text: String
        public init(text: String) { self.text = text }
    }

    static let listedKeys = 1000

    /// What FRESHET HELP says: the lines of every family, by name.
    static var help: [String] {
        ["FRESHET <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"] + families.flatMap(\.help)
    }

    /// A subcommand of FRESHET with its help: two lines for each form.
    struct Family: Sendable {
        var name: String
        var help: [String]
        var run: @Sendable (AdminVerbs, [ByteString], Call, @escaping (AdminReply) -> Void) -> Void
    }

    /// Every subcommand, in the order of the alphabet.
    static var families: [Family] {
        [
            alertsFamily, deadLetterFamily, explainFamily, helpFamily, infoFamily, invalidateFamily,
            pauseFamily, queueFamily, reloadFamily, resumeFamily, ruleFamily, scheduleFamily,
            tagFamily,
        ]
    }

    private static let explainFamily = Family(
        name: "EXPLAIN",
        help: [
            "EXPLAIN <key> [<command>]",
            "    Tell which tags and dependents a key has by its name, and what a mutation would invalidate.",
        ],
        run: { verbs, arguments, _, done in done(verbs.explain(arguments)) })

    private static let helpFamily = Family(
        name: "HELP", help: ["HELP", "    Print this help."],
        run: { _, arguments, _, done in done(arguments.isEmpty ? .lines(help) : wrongArity("freshet|help")) })

    private static let infoFamily = Family(
        name: "INFO", help: ["INFO", "    Show what is running and how it is doing."],
        run: { verbs, arguments, _, done in
            done(arguments.count <= 1 ? verbs.info() : wrongArity("freshet|info"))
        })

    private static let invalidateFamily = Family(
        name: "INVALIDATE",
        help: [
            "INVALIDATE KEY <key> [<key> ...] [DB <n>] [DRYRUN]",
            "    Remove the keys and everything that depends on them.",
            "INVALIDATE RELATED <key> [<key> ...] [DB <n>] [DRYRUN]",
            "    Remove everything that depends on the keys, not the keys themselves.",
            "INVALIDATE TAG <tag> [<tag> ...] [DB <n>] [DRYRUN]",
            "    Remove every key that carries one of the tags or a tag below it, and what depends on those.",
        ],
        run: { verbs, arguments, call, done in verbs.invalidate(arguments, call, done) })

    private static let reloadFamily = Family(
        name: "RELOAD",
        help: ["RELOAD", "    Read proxy.conf again; if it is wrong, everything stays as it is."],
        run: { verbs, arguments, _, done in
            arguments.isEmpty ? verbs.reload(done) : done(wrongArity("freshet|reload"))
        })

    private static let tagFamily = Family(
        name: "TAG",
        help: [
            "TAG KEYS <tag> [DB <n>]", "    List the keys that carry a tag or a tag below it.",
            "TAG OF <key>", "    List the tags that a key carries by its name.",
        ],
        run: { verbs, arguments, call, done in verbs.tag(arguments, call, done) })

    let engine: Engine
    let invalidator: CacheInvalidator
    let services: Services

    public init(engine: Engine, services: Services) {
        self.engine = engine
        self.services = services
        invalidator = CacheInvalidator(engine: engine)
    }

    /// Runs the verb and calls `done` once with its answer.
    public func run(_ call: Call, done: @escaping (AdminReply) -> Void) {
        guard let verb = call.arguments.first?.text.uppercased() else {
            return done(Self.wrongArity("freshet"))
        }
        guard let family = Self.families.first(where: { $0.name == verb }) else {
            return done(
                .error("ERR unknown subcommand '\(call.arguments[0].description)'. Try FRESHET HELP."))
        }
        family.run(self, Array(call.arguments.dropFirst()), call, done)
    }

    static func wrongArity(_ name: String) -> AdminReply {
        .error("ERR wrong number of arguments for '\(name)' command")
    }

    // MARK: Looking

    private func info() -> AdminReply {
        let sections = services.info().map { section in
            "# \(section.section)\r\n" + section.fields.map { "\($0.0):\($0.1)\r\n" }.joined()
        }
        return .text(ByteString(sections.joined(separator: "\r\n")))
    }

    private func explain(_ arguments: [ByteString]) -> AdminReply {
        guard arguments.count == 1 || arguments.count == 2 else { return Self.wrongArity("freshet|explain") }
        return .lines(
            KeyExplanation.lines(key: arguments[0], command: arguments.dropFirst().first, engine.conventions))
    }

    private func tag(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        guard let verb = arguments.first?.text.uppercased() else {
            return done(Self.wrongArity("freshet|tag"))
        }
        var options = Options(Array(arguments.dropFirst()), database: call.database)
        switch verb {
        case "OF":
            guard options.names.count == 1 else { return done(Self.wrongArity("freshet|tag|of")) }
            done(.list(facts(of: options.names[0]).tags.map { .text($0.name) }))
        case "KEYS":
            options.takeTrailing(allowsDryRun: false)
            guard options.names.count == 1 else { return done(Self.wrongArity("freshet|tag|keys")) }
            invalidator.keys(tagged: options.names[0], database: options.database, limit: Int.max) { result in
                switch result {
                case .success(let keys): done(.list(keys.map { .text($0) }))
                case .failure(let problem): done(.error("ERR freshet: \(problem.text)"))
                }
            }
        default:
            done(
                .error(
                    "ERR unknown subcommand '\(arguments[0].description)' of FRESHET TAG: expected KEYS or OF"
                ))
        }
    }

    private func facts(of key: ByteString) -> Facts { engine.conventions.facts(of: key.span) }

    // MARK: Acting

    private func invalidate(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        guard let kind = arguments.first?.text.uppercased() else {
            return done(Self.wrongArity("freshet|invalidate"))
        }
        var options = Options(Array(arguments.dropFirst()), database: call.database)
        options.takeTrailing(allowsDryRun: true)
        guard !options.names.isEmpty else {
            return done(Self.wrongArity("freshet|invalidate|\(kind.lowercased())"))
        }
        let subject: CacheInvalidator.Request.Subject
        switch kind {
        case "KEY": subject = .keys(options.names)
        case "TAG": subject = .tags(options.names)
        case "RELATED": subject = .related(options.names)
        default:
            return done(
                .error(
                    "ERR unknown subcommand '\(arguments[0].description)' of FRESHET INVALIDATE:"
                        + " expected KEY, TAG or RELATED"))
        }
        if kind == "KEY", let key = options.names.first(where: { name in Conventions.isReserved(name.span) })
        {
            return done(
                .error("ERR freshet: '\(key.description)' is a key of the tag index; nothing was invalidated")
            )
        }
        if kind == "KEY", let key = options.names.first(where: { engine.conventions.isProtected($0.span) }) {
            return done(
                .error(
                    "ERR freshet: '\(key.description)' is protected by proxy.conf; nothing was invalidated"))
        }
        let actor = AuditActor(user: "admin", address: call.peer, connection: 0)
        let request = CacheInvalidator.Request(
            subject, database: options.database, isDryRun: options.isDryRun, actor: actor)
        invalidator.invalidate(request) { outcome in done(Self.reply(to: request, outcome)) }
    }

    private static func reply(to request: CacheInvalidator.Request, _ outcome: CacheInvalidator.Outcome)
        -> AdminReply
    {
        if let error = outcome.error {
            return .error("ERR freshet: invalidation failed after \(outcome.deleted) keys: \(error)")
        }
        var pairs: [(String, AdminReply)] = [
            (outcome.wasLookOnly ? "would-delete" : "deleted", .integer(outcome.deleted)),
            ("reached", .integer(outcome.reached)),
            ("depth", .integer(outcome.deepest)),
        ]
        if outcome.scansNames {
            pairs.append(("note", .text("the index is suspect: all names are being looked through as well")))
        }
        let lines = outcome.targets.prefix(listedKeys).map { target in
            let from = target.from.isEmpty ? "" : " from \(target.from)"
            return "\(target.key) (depth \(target.depth)\(from): \(target.why))"
        }
        pairs.append(("keys", .lines(Array(lines))))
        return .pairs(pairs)
    }

    private func reload(_ done: @escaping (AdminReply) -> Void) {
        services.reload { result in
            switch result {
            case .success(let text): done(text.isEmpty ? .status("OK") : .status("OK (\(text))"))
            case .failure(let error):
                done(.error("ERR freshet: the configuration was not accepted: \(error.text)"))
            }
        }
    }

    /// Names, and the words that may follow them: `DB n`, `DRYRUN`.
    private struct Options {
        var names: [ByteString]
        var database: Int
        var isDryRun = false

        init(_ arguments: [ByteString], database: Int) {
            names = arguments
            self.database = database
        }

        mutating func takeTrailing(allowsDryRun: Bool) {
            while names.count > 1 {
                if allowsDryRun, names[names.count - 1].text.uppercased() == "DRYRUN" {
                    isDryRun = true
                    names.removeLast()
                } else if names.count > 2, names[names.count - 2].text.uppercased() == "DB",
                    let number = names[names.count - 1].integer, number >= 0
                {
                    database = number
                    names.removeLast(2)
                } else {
                    return
                }
            }
        }
    }
}

/// The answer of `FRESHET EXPLAIN` and of `freshet explain`.
public enum KeyExplanation {
    /// What the name of `key` implies, as lines; `command` is looked up to tell whether it can mutate a key.
    public static func lines(key: ByteString, command: ByteString?, _ conventions: Conventions) -> [String] {
        let facts = command.flatMap { CommandTable.builtin.facts(named: $0) }
        let mutates = facts.map { $0.flags.contains(.write) || $0.behaviour == .script } ?? true
        return conventions.explain(key: key, command: command?.text, mutates: mutates).lines
    }
}
