import Audit
public import Bytes
import Commands
import Config
public import Invalidation
public import Naming
import RESP

/// The verbs of the admin port: `FRESHET HELP` lists them. Runs on the engine's loop.
public final class AdminVerbs {
    /// One call: what follows `FRESHET`, and where it comes from.
    public struct Call: Sendable {
        public var arguments: [ByteString]
        /// The database chosen with SELECT, nil where none was; `DB n` at the end of a verb overrides it.
        public var database: Int?
        public var peer: String

        public init(arguments: [ByteString], database: Int? = nil, peer: String) {
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
            alertsFamily, deadLetterFamily, explainFamily, helpFamily, indexFamily, infoFamily,
            invalidateFamily,
            pauseFamily, queueFamily, reloadFamily, resumeFamily, ruleFamily, scheduleFamily, tagFamily,
            timeToLiveFamily,
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
        name: "INFO",
        help: ["INFO [<section>]", "    Show what is running and how it is doing, or one section of that."],
        run: { verbs, arguments, _, done in
            done(arguments.count <= 1 ? verbs.info(arguments.first) : wrongArity("freshet|info"))
        })

    private static let reloadFamily = Family(
        name: "RELOAD",
        help: ["RELOAD", "    Read proxy.conf again; if it is wrong, everything stays as it is."],
        run: { verbs, arguments, _, done in
            arguments.isEmpty ? verbs.reload(done) : done(wrongArity("freshet|reload"))
        })

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
        let rest = Array(call.arguments.dropFirst())
        guard Self.numbered.contains(family.name) else { return family.run(self, rest, call, done) }
        engine.whenNumbered { [self] in family.run(self, rest, call, done) }
    }

    /// Subcommands that tell or take numbers of work.
    private static let numbered: Set<String> = ["DLQ", "INVALIDATE", "QUEUE", "TTL"]

    /// The database that a verb means where it does not say.
    func database(_ call: Call) -> Int { call.database ?? engine.settings.invalidateDatabase }

    static func wrongArity(_ name: String) -> AdminReply {
        .error("ERR wrong number of arguments for '\(name)' command")
    }

    // MARK: Looking

    private func info(_ wanted: ByteString?) -> AdminReply {
        let all = services.info()
        let name = wanted?.text.lowercased()
        let chosen = all.filter { name == nil || $0.section.lowercased() == name }
        guard !chosen.isEmpty else {
            let known = all.map(\.section).joined(separator: ", ")
            return .error("ERR freshet: expected a section of \(known), found '\(wanted ?? "")'")
        }
        return .text(Self.text(of: chosen))
    }

    /// Sections as INFO of Redis has them.
    static func text(of sections: [(section: String, fields: [(String, String)])]) -> ByteString {
        let texts = sections.map { section in
            "# \(section.section)\r\n" + section.fields.map { "\($0.0):\($0.1)\r\n" }.joined()
        }
        return ByteString(texts.joined(separator: "\r\n"))
    }

    private func explain(_ arguments: [ByteString]) -> AdminReply {
        guard arguments.count == 1 || arguments.count == 2 else { return Self.wrongArity("freshet|explain") }
        return .lines(
            KeyExplanation.lines(key: arguments[0], command: arguments.dropFirst().first, engine.conventions))
    }

    // MARK: Acting

    private func reload(_ done: @escaping (AdminReply) -> Void) {
        services.reload { result in
            switch result {
            case .success(let text): done(text.isEmpty ? .status("OK") : .status("OK (\(text))"))
            case .failure(let error):
                done(.error("ERR freshet: the configuration was not accepted: \(error.text)"))
            }
        }
    }
}

/// The answer of `FRESHET EXPLAIN` and of `freshet explain`.
public enum KeyExplanation {
    /// What the name of `key` implies, as lines; `command` is looked up to tell whether it can mutate a key.
    public static func lines(key: ByteString, command: ByteString?, _ conventions: Conventions) -> [String] {
        let mutates = command.map(mayMutate) ?? true
        let lines = conventions.explain(
            key: key, command: command?.description, mutates: mutates ?? true
        ).lines
        guard mutates == nil, let command else { return lines }
        return lines + ["", "\(command) is no command that Freshet knows: Redis says which keys it writes."]
    }

    /// Whether a command can mutate a key; nil where it is not known.
    static func mayMutate(_ command: ByteString) -> Bool? {
        CommandTable.builtin.facts(named: command).map {
            $0.flags.contains(.write) || $0.behaviour == .script
        }
    }
}
