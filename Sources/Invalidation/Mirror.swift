import Bytes
import Config
import EventLoop
import Logging
import Metrics
import Relay

/// Tells each Redis what applications have changed at the other one: its copies of those keys are stale, and
/// so is everything there that depends on them.
///
/// Keys gather while a few batches are on their way, and while the Redis is away each is queued only once.
/// Past `mirror-keys` the whole database is to be emptied instead. On the engine's loop.
final class Mirror {
    /// What is known of one Redis.
    private struct Debt {
        /// Not yet in the queue, by database.
        var gathered: [Int: Set<ByteString>] = [:]
        var gatheredCount = 0
        var isDue = false
        /// Told when the queue has all of it.
        var accepted: [@Sendable () -> Void] = []
        /// In the queue since the Redis went away.
        var queued: [Int: Set<ByteString>] = [:]
        var queuedCount = 0
        /// Databases that are to be emptied, so that no key of them is queued any more.
        var emptied: Set<Int> = []
    }

    static let batchKeys = 500
    /// How many pieces of work may be on their way before keys gather.
    private static let window = 4

    private unowned let engine: Engine
    private var debts: [Side: Debt] = [:]

    init(engine: Engine) { self.engine = engine }

    /// Keys that are owed to a Redis and not in the queue yet.
    func gathered(for side: Side) -> Int { debts[side]?.gatheredCount ?? 0 }

    /// The same for every Redis.
    var gathered: Int { debts.values.reduce(0) { $0 + $1.gatheredCount } }

    func take(_ batch: MirrorNotes.Batch) {
        let other = batch.side.other
        if let accepted = batch.accepted { debts[other, default: Debt()].accepted.append(accepted) }
        for (database, keys) in batch.changed { owe(keys, database, to: other) }
        for (database, keys) in batch.unknown {
            owe(keys, database, to: other)
            engine.failover?.noteLate(keys, database, at: batch.side)
        }
        if batch.replacedAll { emptyAll(other) }
        for database in batch.replaced { empty(database, at: other) }
        flushSoon(other)
    }

    private func owe(_ keys: Set<ByteString>, _ database: Int, to side: Side) {
        var debt = debts[side, default: Debt()]
        if debt.emptied.contains(database) { return }
        let known = debt.gathered[database]?.count ?? 0
        debt.gathered[database, default: []].formUnion(keys)
        debt.gatheredCount += (debt.gathered[database]?.count ?? 0) - known
        debts[side] = debt
    }

    /// Queues a large batch at once, and what little there is at the end of the tick.
    ///
    /// Not before all of a batch is gathered: who waits for it is told when all of it is in the queue.
    private func flushSoon(_ side: Side) {
        guard let debt = debts[side] else { return }
        if debt.gatheredCount == 0 || debt.gatheredCount >= Self.batchKeys { return flush(side) }
        guard !debt.isDue else { return }
        debts[side]?.isDue = true
        engine.loop.atTickEnd { [weak self] in self?.flushOrWait(side) }
    }

    /// Queues what has gathered, unless so much is on its way that waiting a moment makes larger batches.
    private func flushOrWait(_ side: Side) {
        guard engine.owed(to: side) >= Self.window else { return flush(side) }
        let patience = engine.side(side).isReachable ? 5 : 50
        engine.loop.timer(afterMilliseconds: patience) { [weak self] in self?.flush(side) }
    }

    /// Puts everything that has gathered into the queue.
    func flush(_ side: Side) {
        guard var debt = debts[side] else { return }
        let gathered = debt.gathered
        debt.gathered = [:]
        debt.gatheredCount = 0
        debt.isDue = false
        debts[side] = debt
        var works: [Work] = []
        for (database, keys) in gathered {
            let fresh = engine.side(side).isReachable ? keys : unqueued(keys, database, side)
            works += pieces(Array(fresh), database, side)
        }
        // Taken only now: an emptying that took the place of keys is waited for as well.
        let accepted = debts[side]?.accepted ?? []
        debts[side]?.accepted = []
        let all = AcceptedAll(works.count) { for body in accepted { body() } }
        for var work in works {
            if !accepted.isEmpty { work.onAccepted.append { all.one() } }
            engine.enqueue(work)
        }
        measure()
    }

    /// Those of the keys that were not queued since the Redis went away; none when the database is to be
    /// emptied.
    private func unqueued(_ keys: Set<ByteString>, _ database: Int, _ side: Side) -> Set<ByteString> {
        var debt = debts[side, default: Debt()]
        var queued = debt.queued[database] ?? []
        debt.queued[database] = nil
        let fresh = keys.subtracting(queued)
        queued.formUnion(fresh)
        debt.queued[database] = queued
        debt.queuedCount += fresh.count
        debts[side] = debt
        guard debt.queuedCount > engine.settings.mirrorKeys else { return fresh }
        engine.metrics.counter(.limitsHit, "mirror-keys").add()
        engine.log.warning(
            "more keys than mirror-keys are owed to a Redis that is away: its databases will be emptied",
            metadata: ["side": "\(side.rawValue)", "mirror-keys": "\(engine.settings.mirrorKeys)"])
        for database in debt.queued.keys { empty(database, at: side) }
        return []
    }

    private func pieces(_ keys: [ByteString], _ database: Int, _ side: Side) -> [Work] {
        engine.metrics.counter(.mirroredKeys, side.rawValue).add(UInt64(keys.count))
        return stride(from: 0, to: keys.count, by: Self.batchKeys).map { start in
            Self.work(keys[start..<min(start + Self.batchKeys, keys.count)], database, side)
        }
    }

    /// Removes the keys and everything that depends on them.
    static func work(_ keys: ArraySlice<ByteString>, _ database: Int, _ side: Side) -> Work {
        var frontier = Frontier()
        for key in keys {
            frontier.steps.append(Frontier.Step(key: key, depth: 0, parent: "", origin: nil))
            frontier.roots.append(Frontier.Root(key: key, depth: 0))
        }
        var cause = Cause(
            source: .engine, subject: .key, actor: nil, command: Cause.mirror, database: database,
            keys: Array(keys.prefix(1)), note: "changed at the \(side.other.rawValue)")
        cause.side = side.other
        return Work(.finish(frontier), cause, parent: nil, side: side)
    }

    /// Removes every key there is at a Redis, but for what `protect` names.
    func emptyAll(_ side: Side) { queueEmptying(0, side, all: true) }

    /// Removes what a Redis may have written late, and everything that depends on it.
    func remove(_ writes: LateWrites, at side: Side) {
        if writes.isIncomplete { emptyAll(side) }
        for (database, keys) in writes.keys {
            for work in pieces(Array(keys), database, side) { engine.enqueue(work) }
        }
    }

    // MARK: Whole databases

    private func empty(_ database: Int, at side: Side) {
        var debt = debts[side, default: Debt()]
        debt.gatheredCount -= debt.gathered.removeValue(forKey: database)?.count ?? 0
        debt.queuedCount -= debt.queued.removeValue(forKey: database)?.count ?? 0
        let isNews = !debt.emptied.contains(database)
        if !engine.side(side).isReachable { debt.emptied.insert(database) }
        debts[side] = debt
        if isNews { queueEmptying(database, side, all: false) }
    }

    /// Removes every key of a database, or of all of them, since it was replaced at the other Redis.
    static func emptying(_ database: Int, _ side: Side, all: Bool) -> Work {
        var cause = Cause(
            source: .engine, subject: .key, actor: nil, command: Cause.mirror, database: database,
            keys: [], note: "what it held was replaced at the \(side.other.rawValue)")
        cause.side = side.other
        return Work(.empty(all: all), cause, parent: nil, side: side)
    }

    private func queueEmptying(_ database: Int, _ side: Side, all: Bool) {
        var work = Self.emptying(database, side, all: all)
        // It stands for keys that are not queued any more.
        let told = debts[side]?.accepted ?? []
        if !told.isEmpty {
            let both = AcceptedAll(2) { for body in told { body() } }
            debts[side]?.accepted = [{ both.one() }]
            work.onAccepted = [{ both.one() }]
        }
        engine.enqueue(work)
    }

    /// What is queued is about to be done: whatever changes from now on is queued anew.
    func becameReachable(_ side: Side) {
        debts[side]?.queued = [:]
        debts[side]?.queuedCount = 0
        debts[side]?.emptied = []
    }

    private func measure() {
        for (side, debt) in debts {
            engine.metrics.gauge(.mirrorPending, side.rawValue).set(debt.gatheredCount + debt.queuedCount)
        }
    }
}
