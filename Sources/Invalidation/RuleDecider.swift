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
    /// What the rule invalidates; what follows from that is followed once it is gone.
    func frontier(of firing: Firing) -> Frontier {
        var frontier = Frontier(lineage: firing.lineage)
        let (depth, parent) = (firing.depth + 1, firing.trigger)
        forEachFollower(of: firing.rule, firedBy: parent) { follower in
            let (origin, rank) = (follower.origin, follower.rank)
            switch follower.target {
            case .key(let key):
                frontier.steps.append(
                    Frontier.Step(key: key, depth: depth, parent: parent, origin: origin, rank: rank))
            case .set(let set, let kind):
                frontier.takes.append(
                    Frontier.Take(
                        indexKey: set, kind: kind, depth: depth, parent: parent, origin: origin, rank: rank))
            case .tag(let tag):
                frontier.add(tag: tag, self, depth: depth, parent: parent, origin: origin, rank: rank)
            case .firing: break
            }
        }
        return frontier
    }
}
