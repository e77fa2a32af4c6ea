import Bytes
import Hiredis
import Naming
import Relay

/// Decides a firing when its work runs, with all of its conditions.
enum RuleDecider {
    enum Decision {
        case fires
        case refused(ConditionVerdict)
        /// Redis could not be asked.
        case failed(LinkFailure)
    }

    static func decide(
        _ firing: Firing, _ work: Work, on side: EngineSide, _ done: @escaping (Decision) -> Void
    ) {
        if let refusal = firing.refusal(in: work.cause.context) { return done(.refused(refusal)) }
        let questions = firing.questions
        if questions.isEmpty { return done(.fires) }
        RuleInquiry.ask(questions, on: side.pool.ownLink(database: work.cause.database)) { result in
            switch result {
            case .failure(let reason): done(.failed(reason))
            case .success(let answers):
                let verdicts = firing.verdicts(in: work.cause.context, answers: answers)
                done(verdicts.first(where: \.refuses).map { .refused($0) } ?? .fires)
            }
        }
    }
}

extension Conventions {
    /// All that the rule makes stale, as far as names tell.
    func frontier(of firing: Firing) -> Frontier {
        let closure = closure(of: firing.rule, firedBy: firing.trigger, maxDepth: 32, maxKeys: 1000)
        var frontier = Frontier(lineage: firing.lineage)
        frontier.add(closure, base: firing.depth)
        return frontier
    }
}
