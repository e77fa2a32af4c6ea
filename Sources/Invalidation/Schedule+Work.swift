import Audit
import Bytes
import Naming

extension Schedule {
    /// What one run owes: keys and tags together, and each pattern on its own.
    func work(_ conventions: Conventions, cause note: String, actor: AuditActor?) -> [Work] {
        var named = Frontier()
        var works: [Work] = []
        for target in targets {
            switch target {
            case .key(let key):
                named.steps.append(Frontier.Step(key: key, depth: 0, parent: "", origin: origin))
            case .tag(let tag):
                var found = Frontier()
                found.add(asked: tag, conventions, parent: tag)
                for index in found.steps.indices { found.steps[index].origin = origin }
                for index in found.takes.indices { found.takes[index].origin = origin }
                named.append(found)
            case .pattern(let keys):
                var request = InvalidationRequest(
                    .pattern(ByteString(keys.text)), database: database, actor: actor)
                request.softlyMilliseconds = softlyMilliseconds
                request.overMilliseconds = overMilliseconds
                // The configuration was accepted with it.
                request.isForced = true
                works.append(work(.request(request), .pattern, [target], note, actor))
            }
        }
        guard !named.isEmpty else { return works }
        let others = targets.filter { if case .pattern = $0 { false } else { true } }
        let subject: Cause.Subject = if case .key = others.first { .key } else { .tag }
        return [work(.finish(named), subject, others, note, actor)] + works
    }

    private func work(
        _ task: Work.Task, _ subject: Cause.Subject, _ targets: [Target], _ note: String,
        _ actor: AuditActor?
    ) -> Work {
        let cause = Cause(
            source: .schedule, subject: subject, actor: actor,
            command: ByteString(ScheduleRunner.command(self)), database: database,
            keys: targets.map { ByteString($0.text) }, note: note)
        let manner: Manner =
            softlyMilliseconds > 0 ? .soften(withinMilliseconds: softlyMilliseconds) : .remove
        var work = Work(task, cause, parent: nil, manner: manner)
        work.spreadMilliseconds = overMilliseconds
        return work
    }
}
