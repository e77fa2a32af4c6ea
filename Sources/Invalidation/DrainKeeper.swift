import Audit
import Bytes
import Config
import EventLoop
import Hiredis
import Logging
import Naming
import Relay

/// Finishes drains that a process which is gone has left behind.
///
/// `freshet:drains` names every drain set. What is not in hand here is finished at once when Redis becomes
/// reachable, and later on when it was there at two looks: another proxy may be at it. Finishing a drain
/// that somebody else finishes as well does no harm.
final class DrainKeeper {
    private static let intervalMilliseconds = 60_000
    private unowned let side: EngineSide
    private var seen: Set<Sighting> = []
    private var hasLooked = false

    private struct Sighting: Hashable {
        var database: Int
        var name: ByteString
    }

    init(side: EngineSide) { self.side = side }

    func start() {
        side.engine.loop.timer(afterMilliseconds: Self.intervalMilliseconds) { [weak self] in
            self?.look()
            self?.start()
        }
    }

    func look() {
        guard side.isReachable, side.engine.settings.mode == .enforce, !side.engine.queue.isUnread else {
            return
        }
        let isFirst = !hasLooked
        side.watch.databases { [weak self] databases in
            for database in databases ?? [] { self?.look(database, isFirst) }
        }
    }

    private func look(_ database: Int, _ isFirst: Bool) {
        side.pool.ownLink(database: database).sendOwn(
            ["SMEMBERS", IndexKey.drains],
            OwnReply { [weak self] result in
                guard let self, case .success(.array(let names)) = result else { return }
                hasLooked = true
                found(names.compactMap(\.bytes), database, isFirst)
            })
    }

    private func found(_ names: [ByteString], _ database: Int, _ isFirst: Bool) {
        let here = Set(names.map { Sighting(database: database, name: $0) })
        for sighting in here where !side.health.drains.contains(sighting.name) {
            if isFirst || seen.contains(sighting) { adopt(sighting) }
        }
        seen = seen.filter { $0.database != database }.union(here)
    }

    private func adopt(_ sighting: Sighting) {
        guard IndexKey.isDrain(sighting.name.span), sighting.name != IndexKey.drains else { return }
        side.health.drains.insert(sighting.name)
        side.engine.log.notice("a drain that was left unfinished is finished")
        var frontier = Frontier()
        frontier.takes = [
            Frontier.Take(
                indexKey: "", kind: .members, depth: 1, parent: sighting.name, origin: nil,
                drain: sighting.name)
        ]
        let cause = Cause(
            source: .engine, subject: .tag, actor: nil, command: "freshet drain",
            database: sighting.database, keys: [sighting.name],
            note: "a proxy that is gone has left this drain unfinished")
        side.engine.enqueue(Work(.finish(frontier), cause, parent: nil, side: side.side))
    }

    /// Puts what a cascade that nobody will finish has taken out of the index back into it.
    ///
    /// For work that is dropped for good: its keys are still there, and must be found by their tags.
    func giveBack(_ frontier: Frontier, database: Int) {
        for take in frontier.takes where !take.drain.isEmpty && !take.indexKey.isEmpty {
            side.pool.ownLink(database: database).sendOwn(
                [
                    "EVAL", IndexScript.giveBack.source, "3", take.indexKey, take.drain, IndexKey.drains,
                ],
                OwnReply { [side] result in
                    if case .success(.integer) = result {
                        side.health.drains.remove(take.drain)
                    } else {
                        side.health.suspect("members of a cancelled drain were not put back")
                    }
                })
        }
        let journals = frontier.takes.filter { $0.isGone && $0.indexKey.isEmpty }.map(\.drain)
        for drain in frontier.spent + journals {
            Cascade.finish(drain, on: side.pool.ownLink(database: database), side.health.drains) {}
        }
    }
}
