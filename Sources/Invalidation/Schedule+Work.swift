import Audit
import Bytes
import Naming

extension Schedule {
    /// What one run owes.
    func work(_ conventions: Conventions, cause note: String, actor: AuditActor?) -> [Work] {
        var frontier = Frontier()
        for target in targets {
            switch target {
            case .key(let key):
                frontier.steps.append(Frontier.Step(key: key, depth: 0, parent: "", origin: origin))
                frontier.roots.append(Frontier.Root(key: key, depth: 0))
            case .tag(let tag):
                let known = frontier.steps.count
                frontier.add(tag: tag, conventions, depth: 1, parent: tag, origin: origin)
                frontier.roots += frontier.steps[known...].map { Frontier.Root(key: $0.key, depth: $0.depth) }
            case .pattern: break
            }
        }
        let cause = Cause(
            source: .schedule, subject: subject, actor: actor,
            command: ByteString(ScheduleRunner.command(self)), database: database,
            keys: targets.map { ByteString($0.text) }, note: note)
        var work = Work(.finish(frontier), cause, parent: nil, manner: manner)
        work.spreadMilliseconds = overMilliseconds
        return [work]
    }

    private var manner: Manner {
        softlyMilliseconds > 0 ? .soften(withinMilliseconds: softlyMilliseconds) : .remove
    }

    private var subject: Cause.Subject {
        if case .key = targets.first { .key } else { .tag }
    }
}
