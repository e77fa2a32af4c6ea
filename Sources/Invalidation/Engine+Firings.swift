import Audit
import Bytes
import Config
import Naming
import Relay

extension Engine.Door {
    /// Takes rules that have fired and that wait for something.
    func fire(_ firings: [Firing], _ cause: Cause, parent: ULID?) {
        if firings.isEmpty { return }
        post { $0.fire(firings, cause, parent: parent) }
    }
}

extension Engine {
    /// Takes rules that have fired and that wait for something.
    func fire(_ firings: [Firing], _ cause: Cause, parent: ULID?) {
        for firing in firings { enqueue(Work(firing, cause, parent: parent, conventions)) }
    }

    /// Decides a firing whose time has come, and carries it out if it is to be.
    func run(_ firing: Firing, of work: Work) {
        if let refusal = firing.refusal(in: work.cause.context) {
            return refused(firing, refusal, work)
        }
        let questions = firing.questions
        if questions.isEmpty { return carryOut(firing, of: work) }
        let link = side(work.side).pool.ownLink(database: work.cause.database)
        RuleInquiry.ask(questions, on: link) { [weak self] result in
            guard let self else { return }
            switch result {
            case .failure(let reason):
                workEnded(work, failure: "connection lost: \(reason)", rest: work.task)
            case .success(let answers):
                let verdicts = firing.verdicts(in: work.cause.context, answers: answers)
                if let refusal = verdicts.first(where: \.refuses) {
                    refused(firing, refusal, work)
                } else {
                    carryOut(firing, of: work)
                }
            }
        }
    }

    private func refused(_ firing: Firing, _ verdict: ConditionVerdict, _ work: Work) {
        reporter.refused(firing, verdict, work.cause, parent: work.parent)
        workEnded(work, failure: nil, rest: nil)
    }

    private func carryOut(_ firing: Firing, of work: Work) {
        reporter.rules.fired(firing.rule)
        run(work, frontier(of: firing))
    }

    /// All that the rule makes stale, as far as names tell.
    func frontier(of firing: Firing) -> Frontier {
        let closure = conventions.closure(
            of: firing.rule, firedBy: firing.trigger, maxDepth: settings.cascadeMaxDepth,
            maxKeys: settings.cascadeMaxKeys)
        var frontier = Frontier(lineage: firing.lineage)
        frontier.add(closure, base: firing.depth)
        return frontier
    }
}

extension Work {
    /// The work of a rule that has fired.
    init(_ firing: Firing, _ cause: Cause, parent: ULID?, _ conventions: Conventions) {
        var cause = cause
        cause.note = "rule \(firing.rule.name), fired by \(firing.trigger)"
        let softly = firing.rule.clauses.softlyMilliseconds
        self.init(
            .fire(firing), cause, parent: parent,
            manner: softly.map { .soften(withinMilliseconds: $0) } ?? .remove, rule: firing.rule.name)
    }
}
