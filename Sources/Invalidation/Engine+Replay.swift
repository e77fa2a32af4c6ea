import Bytes
import Config
import Logging
import Metrics

extension Engine {
    /// Runs the invalidations of the last `replay-window` again at a Redis that may have lost them: a replica
    /// that was promoted, or one that was restarted.
    ///
    /// - Parameter lastSeen: when the former one was last known to be there, in milliseconds of the loop's
    ///   clock.
    func replay(at side: Side, lastSeen: UInt64) {
        let window = settings.replayWindow.milliseconds
        guard window > 0, settings.mode == .enforce else { return }
        let start = lastSeen - min(lastSeen, UInt64(window))
        log.notice(
            "another Redis may have taken over: recent invalidations are run again",
            metadata: ["side": "\(side.rawValue)", "replay-window": "\(settings.replayWindow)"])
        for var work in asked.since(start) {
            work.side = side
            enqueue(work)
        }
        guard let crew else { return }
        crew.mutations(since: start) { [weak self] in self?.replay($0, at: side, since: start) }
    }

    private func replay(_ excerpt: RecentMutations.Excerpt, at side: Side, since start: UInt64) {
        metrics.counter(.replayedKeys, side.rawValue).add(UInt64(excerpt.keys.count))
        for (database, keys) in Dictionary(grouping: excerpt.keys, by: \.key.database) {
            for first in stride(from: 0, to: keys.count, by: Mirror.batchKeys) {
                var frontier = Frontier()
                for (key, isRemoved) in keys[first..<min(first + Mirror.batchKeys, keys.count)] {
                    frontier.roots.append(Frontier.Root(key: key.name, depth: 0))
                    guard isRemoved || key.side != side else { continue }
                    frontier.steps.append(Frontier.Step(key: key.name, depth: 0, parent: "", origin: nil))
                }
                enqueue(Work(.finish(frontier), replayCause(database, side), parent: nil, side: side))
            }
        }
        let isAllLost = asked.isIncomplete(since: start)
        guard excerpt.isIncomplete || isAllLost else { return }
        metrics.counter(.limitsHit, "replay-keys").add()
        // Which keys were written is not known any more; that nothing else was done still is.
        invalidateAll(
            isAllLost ? .everything : .built, replayCause(0, side), parent: nil, at: self.side(side))
    }

    private func replayCause(_ database: Int, _ side: Side) -> Cause {
        var cause = Cause(
            source: .engine, subject: .related, actor: nil, command: "freshet replay", database: database,
            keys: [], note: "another Redis may have taken over and lost it")
        cause.side = side
        return cause
    }
}
