import Config

/// What operators, schedules and rules have invalidated in the last moments, for a Redis that may forget it.
struct RecentWork {
    private var works: [(milliseconds: UInt64, work: Work)] = []
    private var keyCount = 0
    private var lostMilliseconds: UInt64?

    mutating func note(_ work: Work, now: UInt64, _ settings: Settings) {
        guard settings.replayWindow > .zero else { return }
        works.append((now, work))
        keyCount += Self.weight(work)
        let span = UInt64(settings.replayWindow.milliseconds + RecentMutations.slackMilliseconds)
        while let first = works.first {
            let isOld = first.milliseconds + span < now
            guard isOld || keyCount > settings.replayKeys else { return }
            if !isOld { lostMilliseconds = first.milliseconds }
            keyCount -= Self.weight(first.work)
            works.removeFirst()
        }
    }

    func since(_ start: UInt64) -> [Work] {
        works.filter { $0.milliseconds >= start }.map(\.work)
    }

    func isIncomplete(since start: UInt64) -> Bool { lostMilliseconds.map { $0 >= start } ?? false }

    private static func weight(_ work: Work) -> Int {
        guard case .finish(let frontier) = work.task else { return 1 }
        return 1 + frontier.steps.count + frontier.roots.count
    }
}
