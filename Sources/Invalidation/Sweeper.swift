import Hiredis
import Bytes
import Config
import EventLoop
import Metrics
import Naming
import Relay

/// Removes members from the index whose keys are gone: expired, evicted, deleted.
///
/// Every `sweep-interval` it looks at all index sets, no more than `sweep-rate` members a second. A dead
/// member harms nobody, it only costs memory; looking and removing are one step in Redis, so a key that comes
/// back meanwhile is safe.
final class Sweeper {
    private unowned let side: EngineSide
    private var engine: Engine { side.engine }
    private var isRunning = false
    private var looked = 0
    private var removed = 0

    init(side: EngineSide) { self.side = side }

    func start() {
        let interval = max(100, engine.settings.sweepInterval.milliseconds)
        engine.loop.timer(afterMilliseconds: interval) { [weak self] in
            self?.sweep()
            self?.start()
        }
    }

    private func sweep() {
        guard !isRunning, side.isReachable, engine.conventions.usesIndex, engine.settings.mode == .enforce
        else { return }
        isRunning = true
        looked = 0
        removed = 0
        side.watch.databases { [weak self] databases in self?.sweep(databases ?? []) }
    }

    private func sweep(_ databases: [Int]) {
        guard let database = databases.last else { return ended() }
        findSets(database, cursor: "0") { [weak self] in self?.sweep(databases.dropLast()) }
    }

    /// Finds index sets, a batch at a time, and sweeps each.
    private func findSets(_ database: Int, cursor: ByteString, _ done: @escaping () -> Void) {
        side.pool.ownLink(database: database).sendOwn(
            ["SCAN", cursor, "MATCH", "freshet:*", "COUNT", "500"],
            OwnReply { [weak self] result in
                guard let self, case .success(.array(let parts)) = result, parts.count == 2,
                    let next = parts[0].bytes, let elements = parts[1].elements
                else { return done() }
                let sets = elements.compactMap(\.bytes).filter { Self.isSwept($0) }
                sweepSets(sets, database) { [weak self] in
                    if next == "0" { done() } else { self?.findSets(database, cursor: next, done) }
                }
            })
    }

    /// Drain sets are left to who drains them: what follows from a member may still be owed.
    private static func isSwept(_ key: ByteString) -> Bool {
        Conventions.isReserved(key.span) && !Conventions.isScheduleState(key.span)
            && (key == IndexKey.drains || !IndexKey.isDrain(key.span))
    }

    private func sweepSets(_ sets: [ByteString], _ database: Int, _ done: @escaping () -> Void) {
        guard let set = sets.last else { return done() }
        sweepSet(set, database, cursor: "0") { [weak self] in self?.sweepSets(sets.dropLast(), database, done)
        }
    }

    private func sweepSet(
        _ set: ByteString, _ database: Int, cursor: ByteString, _ done: @escaping () -> Void
    ) {
        let link = side.pool.ownLink(database: database)
        link.sendOwn(
            ["SSCAN", set, cursor, "COUNT", "200"],
            OwnReply { [weak self] result in
                guard let self, case .success(.array(let parts)) = result, parts.count == 2,
                    let next = parts[0].bytes, let elements = parts[1].elements
                else { return done() }
                let members = elements.compactMap(\.bytes)
                looked += members.count
                removeDead(members, of: set, on: link) { [weak self] in
                    self?.pause(after: members.count) { [weak self] in
                        if next == "0" { done() } else { self?.sweepSet(set, database, cursor: next, done) }
                    }
                }
            })
    }

    private func removeDead(
        _ members: [ByteString], of set: ByteString, on link: Link, _ done: @escaping () -> Void
    ) {
        guard !members.isEmpty else { return done() }
        link.sendOwn(
            ["EVAL", IndexScript.sweep.source, "1", set] + members,
            OwnReply { [weak self] result in
                if case .success(let reply) = result, let count = reply.count(atMost: members.count) {
                    self?.removed += count
                    self?.engine.metrics.counter(.sweptMembers).add(UInt64(count))
                }
                done()
            })
    }

    private func pause(after count: Int, _ next: @escaping () -> Void) {
        let wait = count * 1000 / max(1, engine.settings.sweepRate)
        if wait > 0 { engine.loop.timer(afterMilliseconds: wait, next) } else { engine.loop.atTickEnd(next) }
    }

    private func ended() {
        isRunning = false
        engine.metrics.gauge(.indexDeadRatio).set(looked == 0 ? 0 : Double(removed) / Double(looked))
    }
}
