import Audit
import Bytes
import Hiredis
import Naming
import Relay

/// Rules that have to be decided before they are followed.
///
///     firing ─► fixed conditions ─┬─ the rule waits for something ─► deferred, the engine's
///                                 └─ others, Redis asked where it must be ─► its targets, in this cascade
extension Cascade {
    /// Decides each firing once; those that are due now are followed as far as names tell.
    func decide(_ firings: [Firing], on link: Link) {
        var waiting = firings + taken(&frontier.firings)
        while !waiting.isEmpty {
            let context = cause.context
            for firing in waiting where !firing.isRepeated && decided.insert(firing.ancestor).inserted {
                decide(firing, context, on: link)
            }
            waiting = taken(&frontier.firings)
        }
    }

    private func decide(_ firing: Firing, _ context: FiringContext, on link: Link) {
        guard firing.depth < limits.depth else { return undone.firings.append(firing) }
        if followsEveryRule {
            // Those that wait for something are repeated for this Redis by whoever decides them.
            if !firing.rule.clauses.isDeferred, !firing.rule.isPaused { follow(firing) }
            return
        }
        // Who only wants to know what would happen is told at once.
        let isAsked = isLookOnly && cause.source == .admin
        if firing.rule.clauses.isDeferred || firing.rule.isPaused, !isAsked {
            if let refusal = firing.refusal(fixedBy: context) {
                return refusals.append((firing, refusal))
            }
            return deferred.append(firing)
        }
        if let refusal = firing.refusal(in: context) { return refusals.append((firing, refusal)) }
        let questions = firing.questions
        if questions.isEmpty { return follow(firing) }
        outstanding += 1
        RuleInquiry.ask(questions, on: link) { [self] result in
            switch result {
            case .failure(let reason):
                noteFailure(.failure(reason))
                undone.firings.append(firing)
            case .success(let answers):
                let verdicts = firing.verdicts(in: context, answers: answers)
                if let refusal = verdicts.first(where: \.refuses) {
                    refusals.append((firing, refusal))
                } else {
                    follow(firing)
                }
            }
            replied()
        }
    }

    /// Adds what the rule invalidates, and all that follows from it by name.
    private func follow(_ firing: Firing) {
        fired.append(firing.rule)
        let closure = conventions.closure(
            of: firing.rule, firedBy: firing.trigger, maxDepth: limits.depth - firing.depth,
            maxKeys: max(1, limits.keys - targetCount))
        add(closure, base: firing.depth)
    }
}

extension Firing {
    /// The rule and the trigger alone.
    var ancestor: Ancestor { Ancestor(rule: rule.name, trigger: trigger) }
}

extension Cause {
    /// What conditions can look at, now. What the engine does by itself, such as telling a second Redis of a
    /// write, says nothing of who wrote, and how.
    var context: FiringContext {
        FiringContext(
            command: source == .engine ? nil : command, database: database, client: actor?.name,
            user: actor?.user, unixSeconds: AuditTime.now().wallMicroseconds / 1_000_000)
    }
}
