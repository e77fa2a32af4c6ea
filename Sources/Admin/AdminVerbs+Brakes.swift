import Bytes
import Invalidation
import Naming

extension AdminVerbs {
    static let pauseFamily = Family(
        name: "PAUSE",
        help: [
            "PAUSE [<rule>]",
            "    Emergency brake: hold what a rule invalidates, or all that nobody asked for. It queues.",
        ],
        run: { verbs, arguments, call, done in
            guard arguments.count <= 1 else { return done(wrongArity("freshet|pause")) }
            // A rule that the configuration has lost can be stopped as long as work of it is left.
            if let rule = arguments.first?.text,
                verbs.engine.conventions.rule(named: rule) != nil || verbs.engine.workOfRules[rule] == nil
            {
                return verbs.pauseRule(rule, call, done)
            }
            verbs.engine.pause(rule: arguments.first?.text, actor: actor(call))
            verbs.engine.whenKept { done(.status("OK")) }
        })

    static let resumeFamily = Family(
        name: "RESUME",
        help: [
            "RESUME [<rule>] [DRAIN|DISCARD]",
            "    Let go of the brake, and do what has queued (DRAIN), or forget it (DISCARD).",
        ],
        run: { verbs, arguments, call, done in verbs.resume(arguments, call, done) })

    private func resume(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        var words = arguments
        var release = Engine.Release.drain
        switch words.last?.text.uppercased() {
        case "DRAIN": words.removeLast()
        case "DISCARD":
            words.removeLast()
            release = .discard
        default: break
        }
        guard words.count <= 1 else { return done(Self.wrongArity("freshet|resume")) }
        let rule = words.first?.text
        follow(rule, release, call, done) { [engine] in
            engine.resume(rule: rule, release, actor: Self.actor(call)) { count in
                guard let count else {
                    return done(
                        .error(
                            rule.map { "ERR freshet: rule '\($0)' is not paused by FRESHET PAUSE" }
                                ?? "ERR freshet: nothing is paused by FRESHET PAUSE"))
                }
                engine.whenKept { done(release == .discard ? .integer(count) : .status("OK")) }
            }
        }
    }
}
