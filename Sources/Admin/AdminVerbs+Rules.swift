import Audit
import Bytes
import Config
import Invalidation
import Naming

/// FRESHET RULE: rules while the proxy runs.
extension AdminVerbs {
    static let ruleFamily = Family(
        name: "RULE",
        help: [
            "RULE DEL <name>",
            "    Delete a rule that was set at run time.",
            "RULE LIST",
            "    List the rules: where they are defined, whether they are paused, and how often they fired.",
            "RULE PAUSE <name>",
            "    Queue the work of a rule instead of doing it.",
            "RULE RESUME <name> [DRAIN|DISCARD]",
            "    Let a paused rule go on, and do what has gathered, or forget it.",
            "RULE SET <name> on <pattern> invalidate <target> [<target> ...] [<clause> ...]",
            "    Add a rule, or change one that was set at run time; the grammar is that of proxy.conf.",
            "RULE TEST <name>|<line> <key> [<command>]",
            "    Tell what a mutation of the key would do by a rule, with the verdict of each condition.",
        ],
        run: { verbs, arguments, call, done in verbs.rule(arguments, call, done) })

    private func rule(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        guard let verb = arguments.first?.text.uppercased() else {
            return done(Self.wrongArity("freshet|rule"))
        }
        let rest = Array(arguments.dropFirst())
        let arity = Self.wrongArity("freshet|rule|\(verb.lowercased())")
        switch verb {
        case "LIST": rest.isEmpty ? done(listRules()) : done(arity)
        case "SET": rest.isEmpty ? done(arity) : setRule(rest, call, done)
        case "DEL": rest.count == 1 ? change(.delete(rest[0].text), call, done) : done(arity)
        case "PAUSE": rest.count == 1 ? pauseRule(rest[0].text, call, done) : done(arity)
        case "RESUME": (1...2).contains(rest.count) ? resumeRule(rest, call, done) : done(arity)
        case "TEST": (2...3).contains(rest.count) ? testRule(rest, call, done) : done(arity)
        default:
            done(
                .error(
                    "ERR unknown subcommand '\(arguments[0].description)' of FRESHET RULE: "
                        + "expected SET, DEL, LIST, PAUSE, RESUME or TEST"))
        }
    }

    // MARK: Changing

    private func setRule(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        do throws(RuleBook.Refusal) {
            change(.set(try RuleBook.words(arguments)), call, done)
        } catch {
            done(Self.refused(error))
        }
    }

    /// Keeps what a rule of the configuration would do in the queue.
    func pauseRule(_ name: String, _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        let kept: (AdminReply) -> Void = { [engine] reply in engine.whenKept { done(reply) } }
        change(.pause(name), call, kept) { [engine] in engine.pause(rule: name, actor: Self.actor(call)) }
    }

    private func resumeRule(
        _ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void
    ) {
        let name = arguments[0].text
        let release: Engine.Release
        switch arguments.dropFirst().first?.text.uppercased() {
        case nil, "DRAIN": release = .drain
        case "DISCARD": release = .discard
        case let other?:
            return done(.error("ERR expected DRAIN or DISCARD, found '\(ByteString(other).description)'"))
        }
        guard engine.rules?.book().paused.contains(name) == true else {
            return done(Self.refused(RuleBook.Refusal("rule '\(name)' is not paused")))
        }
        follow(name, release, call, done) { [engine] in
            engine.resume(rule: name, release, actor: Self.actor(call)) { count in
                let reply = release == .drain ? "OK" : "OK (\(count ?? 0) discarded)"
                engine.whenKept { done(.status(reply)) }
            }
        }
    }

    /// Has cascades follow a rule again that was paused, then calls `then`; at once where it is not.
    func follow(
        _ name: String?, _ release: Engine.Release, _ call: Call, _ done: @escaping (AdminReply) -> Void,
        then: @escaping () -> Void
    ) {
        guard let name, let rules = engine.rules, rules.book().paused.contains(name) else { return then() }
        rules.change(.resume(name, release), Self.actor(call)) { outcome in
            switch outcome {
            case .failure(let refusal): done(Self.refused(refusal))
            case .success: then()
            }
        }
    }

    private func change(
        _ change: RuleService.Change, _ call: Call, _ done: @escaping (AdminReply) -> Void,
        then act: @escaping () -> Void = {}
    ) {
        guard let rules = engine.rules else { return done(Self.unavailable) }
        rules.change(change, Self.actor(call)) { outcome in
            switch outcome {
            case .failure(let refusal): done(Self.refused(refusal))
            case .success(let note):
                act()
                done(.status(note.map { "OK (\($0))" } ?? "OK"))
            }
        }
    }

    private static let unavailable = AdminReply.error("ERR freshet: rules cannot be changed yet")

    private static func refused(_ refusal: RuleBook.Refusal) -> AdminReply {
        .error("ERR freshet: \(ByteString(refusal.text).description)")
    }

    // MARK: Looking

    private func listRules() -> AdminReply {
        let waiting = engine.workOfRules
        let book = engine.rules?.book() ?? RuleBook()
        var rows = engine.conventions.rules.map { rule in
            row(
                rule.name, state(rule), rule.origin.place, rule.origin.text,
                waiting[rule.name] ?? 0)
        }
        for entry in book.entries {
            guard let problem = entry.problem else { continue }
            let place = entry.line.words.first?.location.cited ?? RuleBook.fileName
            rows.append(
                row(
                    entry.name, "not in force: \(problem)", place, entry.line.text, waiting[entry.name] ?? 0))
        }
        return .list(rows)
    }

    private func state(_ rule: Rule) -> String {
        if rule.isPaused { return "paused" }
        let pauses = engine.pauses
        if pauses.rules.contains(rule.name) { return "paused" }
        return pauses.everything ? "paused with everything" : "active"
    }

    private func row(
        _ name: String, _ state: String, _ origin: String, _ text: String, _ waiting: Int
    ) -> AdminReply {
        let tally = engine.reporter.rules.tally(of: name)
        return .pairs([
            ("name", .text(ByteString(name))), ("state", .text(ByteString(state))),
            ("origin", .text(ByteString(origin))), ("line", .text(ByteString(text))),
            ("fired", .integer(tally.fired)), ("refused", .integer(tally.refused)),
            ("waiting", .integer(waiting)),
            ("last-fired", .text(ByteString(tally.lastFiredText ?? "never"))),
        ])
    }

    // MARK: Testing

    private func testRule(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        do throws(RuleBook.Refusal) {
            let rule = try tested(arguments[0])
            if let command = arguments.dropFirst(2).first, KeyExplanation.mayMutate(command) == false {
                let heading = rule.origin.text
                return done(.lines([heading, "would not fire: \(command) mutates no key"]))
            }
            let firing = Firing(rule, trigger: arguments[1], depth: 0)
            RuleTrial(
                firing, command: arguments.dropFirst(2).first, database: database(call), engine: engine
            ).run { done(.lines($0)) }
        } catch {
            done(Self.refused(error))
        }
    }

    /// The rule of this name, or the one that the text would make.
    private func tested(_ text: ByteString) throws(RuleBook.Refusal) -> Rule {
        if let rule = engine.conventions.rule(named: text.text) { return rule }
        guard text.bytes.contains(0x20) else {
            throw RuleBook.Refusal(
                "there is no rule '\(text.text)'; see FRESHET RULE LIST, or give a whole line in quotes")
        }
        let line = RuleBook.line(try RuleBook.words([text]))
        switch engine.conventions.rule(reading: line.words) {
        case .success(let rule): return rule
        case .failure(let diagnostic):
            throw RuleBook.Refusal("column \(diagnostic.location.column): \(diagnostic.message)")
        }
    }
}
