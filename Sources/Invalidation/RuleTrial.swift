public import Bytes
public import Naming
import Relay

/// Finds out what a rule would do with a key, without doing it: conditions are asked as they are now.
public final class RuleTrial {
    private let firing: Firing
    private let command: ByteString?
    private let database: Int
    private let engine: Engine

    public init(_ firing: Firing, command: ByteString?, database: Int, engine: Engine) {
        self.firing = firing
        self.command = command
        self.database = database
        self.engine = engine
    }

    /// Asks Redis what it must be asked and calls `done` with lines for a person.
    public func run(_ done: @escaping ([String]) -> Void) {
        let heading = "\(firing.rule.origin.text)"
        if let reason = firing.rule.mismatch(with: firing.trigger) {
            return done([heading, "would not fire: \(reason)"])
        }
        guard engine.primary.isReachable, !firing.questions.isEmpty else {
            return done([heading] + told([:]))
        }
        let link = engine.primary.pool.ownLink(database: database)
        RuleInquiry.ask(firing.questions, on: link) { [self] result in
            let answers = (try? result.get()) ?? [:]
            done([heading] + told(answers))
        }
    }

    private func told(_ answers: [RuleQuestion: RuleAnswer]) -> [String] {
        let cause = Cause(
            source: .admin, subject: .key, actor: nil, command: "", database: database, keys: [])
        var context = cause.context
        context.command = command.map { ByteString($0.text.lowercased()) }
        let verdicts = firing.verdicts(in: context, answers: answers)
        var lines = verdicts.map { verdict in
            let word = verdict.holds == nil ? "unknown" : verdict.refuses ? "no" : "yes"
            return "\(word)  \(verdict.text)"
        }
        let isRefused = verdicts.contains(where: \.refuses)
        let doubt = verdicts.contains { $0.holds == nil } ? ", in doubt about what is unknown" : ""
        let paused = firing.rule.isPaused ? "; it is paused, so its work would wait" : ""
        lines.append(isRefused ? "would not fire" : "would fire\(doubt)\(paused)")
        lines += firing.rule.clauses.manner.map { "manner  \($0)" }
        return lines + targets
    }

    private var targets: [String] {
        let closure = engine.conventions.closure(
            of: firing.rule, firedBy: firing.trigger, maxDepth: 32, maxKeys: 1000)
        var lines = closure.steps.map { step in
            "target  \(step.key) (depth \(step.depth) from \(step.parent): \(step.origin.text))"
        }
        lines += closure.takes.map { take in
            "target  what \(take.indexKey) lists (depth \(take.depth) from \(take.parent): \(take.origin.text))"
        }
        lines += closure.firings.map { "then    rule \($0.rule.name), fired by \($0.trigger)" }
        return lines.isEmpty ? ["no target: every key it names is protected or the key itself"] : lines
    }
}

extension Engine {
    /// How many pieces of work each rule has in memory, waiting or running.
    public var workOfRules: [String: Int] {
        var counts: [String: Int] = [:]
        for item in queue.items.values {
            guard let rule = item.work.rule else { continue }
            counts[rule, default: 0] += 1
        }
        return counts
    }
}
