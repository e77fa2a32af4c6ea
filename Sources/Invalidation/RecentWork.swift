import Config

/// What operators, schedules and rules have invalidated in the last moments, for a Redis that may forget it.
struct RecentWork {
    private var works: [(milliseconds: UInt64, work: Work)] = []
    /// How many at the front are forgotten already; they leave together, for each time costs the whole array.
    private var forgotten = 0
    private var keyCount = 0
    private var lostMilliseconds: UInt64?

    mutating func note(_ work: Work, now: UInt64, _ settings: Settings) {
        guard settings.replayWindow > .zero else { return }
        var work = work
        // Who waits for its acceptance waits for the work itself, not for what is remembered of it.
        work.onAccepted = []
        works.append((now, work))
        keyCount += Self.weight(work)
        let span = UInt64(settings.replayWindow.milliseconds + RecentMutations.slackMilliseconds)
        while forgotten < works.count {
            let first = works[forgotten]
            let isOld = first.milliseconds + span < now
            guard isOld || keyCount > settings.replayKeys else { break }
            if !isOld { lostMilliseconds = first.milliseconds }
            keyCount -= Self.weight(first.work)
            forgotten += 1
        }
        guard forgotten > works.count / 2 else { return }
        works.removeFirst(forgotten)
        forgotten = 0
    }

    func since(_ start: UInt64) -> [Work] {
        works[forgotten...].filter { $0.milliseconds >= start }.map(\.work)
    }

    func isIncomplete(since start: UInt64) -> Bool { lostMilliseconds.map { $0 >= start } ?? false }

    private static func weight(_ work: Work) -> Int {
        guard case .finish(let frontier) = work.task else { return 1 }
        return 1 + frontier.steps.count + frontier.roots.count
    }
}
