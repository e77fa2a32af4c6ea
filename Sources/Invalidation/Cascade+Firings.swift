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
    /// Decides each firing; those that are due now are followed.
    ///
    /// A key that was removed once more fires once more, for its rules' targets go after it. It counts once,
    /// and what the engine is to do later is done once.
    func decide(_ firings: [Firing], on link: Link) {
        let context = cause.context
        for firing in firings {
            awaited.remove(firing.ancestor)
            if !firing.isRepeated { decide(firing, context, isFirst: isFirst(firing.ancestor), on: link) }
        }
    }

    private func decide(_ firing: Firing, _ context: FiringContext, isFirst: Bool, on link: Link) {
        guard firing.depth < limits.depth else { return undone.firings.append(firing) }
        if followsEveryRule {
            // Those that wait for something are repeated for this Redis by whoever decides them.
            if !firing.rule.clauses.isDeferred, !firing.rule.isPaused { carryOut(firing, isFirst) }
            return
        }
        // Who only wants to know what would happen is told at once.
        let isAsked = isLookOnly && cause.source == .admin
        if firing.rule.clauses.isDeferred || firing.rule.isPaused, !isAsked {
            guard isFirst else { return }
            if let refusal = firing.refusal(fixedBy: context) {
                return refusals.append((firing, refusal))
            }
            return deferred.append(firing)
        }
        if let refusal = firing.refusal(in: context) {
            if isFirst { refusals.append((firing, refusal)) }
            return
        }
        let questions = firing.questions
        if questions.isEmpty { return carryOut(firing, isFirst) }
        outstanding += 1
        RuleInquiry.ask(questions, on: link) { [self] result in
            switch result {
            case .failure(let reason):
                noteFailure(.failure(reason))
                undone.firings.append(firing)
            case .success(let answers):
                let verdicts = firing.verdicts(in: context, answers: answers)
                if let refusal = verdicts.first(where: \.refuses) {
                    if isFirst { refusals.append((firing, refusal)) }
                } else {
                    carryOut(firing, isFirst)
                }
            }
            replied()
        }
    }

    /// Adds what the rule invalidates.
    private func carryOut(_ firing: Firing, _ isFirst: Bool) {
        if isFirst { fired.append(firing.rule) }
        follow(firing)
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
