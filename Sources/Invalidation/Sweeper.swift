import Bytes
import Config
import EventLoop
import Hiredis
import Metrics
import Naming
import Relay

/// Removes members from the index whose keys are gone: expired, evicted, deleted.
///
/// Sets into which this process records are known to it, and looked at as often as members die in them; those
/// of others are found by a walk through all names, at most every `sweep-interval`. All of it takes no more
/// than `sweep-share` of Redis's time. A dead member harms nobody, it only costs memory; looking and removing
/// are one step in Redis, so a key that comes back meanwhile is safe.
final class Sweeper {
    /// How many sets are remembered; more are found by the walk.
    private static let mostSets = 10_000
    /// Small sets that one script call looks at, and members.
    private static let setsPerCall = 50
    private static let membersPerCall = 1000
    private static let namesPerScan = 1000
    private static let idleMilliseconds = 1000
    /// What is believed of a reply at most.
    private static let mostMicroseconds = 10_000_000
    private static let mostCounted = 1 << 32

    /// When a set is to be looked at.
    private struct Due: Comparable {
        let milliseconds: UInt64
        let place: ConsultedSets.Place

        static func < (left: Due, right: Due) -> Bool { left.milliseconds < right.milliseconds }
        static func == (left: Due, right: Due) -> Bool { left.milliseconds == right.milliseconds }
    }

    /// The walk through all names.
    private enum Walk {
        case resting(until: UInt64)
        case walking(databases: [Int], cursor: ByteString, found: [ByteString], since: UInt64)
    }

    private unowned let side: EngineSide
    private var engine: Engine { side.engine }
    private var now: UInt64 { engine.loop.nowMilliseconds }
    private var sets: [ConsultedSets.Place: SweptSet] = [:]
    private var queue = Heap<Due>()
    private var walk = Walk.resting(until: 0)
    private var isBusy = false
    private var restsUntil: UInt64 = 0
    private var timer: LoopTimer?
    /// What the last seconds have looked at and removed; halved with every measurement.
    private var looked = 0.0
    private var removed = 0.0
    /// Microseconds of Redis's since the last measurement.
    private var spent = 0

    init(side: EngineSide) { self.side = side }

    func start() {
        walk = .resting(until: now + interval)
        engine.loop.timer(afterMilliseconds: 1000, everyMilliseconds: 1000) { [weak self] in
            self?.measure()
        }
        goOn(after: 0)
    }

    private var interval: UInt64 { UInt64(max(100, engine.settings.sweepInterval.milliseconds)) }

    private var mayRun: Bool {
        side.isReachable && engine.conventions.usesIndex && engine.settings.mode == .enforce
    }

    /// Takes an index set into which something was recorded.
    func recorded(in place: ConsultedSets.Place) {
        guard Self.isSwept(place.indexKey), sets[place] == nil, sets.count < Self.mostSets else { return }
        remember(place, after: UInt64(Self.idleMilliseconds))
    }

    private func remember(_ place: ConsultedSets.Place, after milliseconds: UInt64) {
        sets[place] = SweptSet(now: now)
        queue.insert(Due(milliseconds: now + milliseconds, place: place))
    }

    /// Drain sets are left to who drains them: what follows from a member may still be owed.
    private static func isSwept(_ key: ByteString) -> Bool {
        Conventions.isReserved(key.span) && !Conventions.isScheduleState(key.span) && !IndexKey.isMark(key)
            && (key == IndexKey.drains || !IndexKey.isDrain(key.span))
    }

    // MARK: Pace

    private func goOn(after milliseconds: UInt64) {
        timer?.cancel()
        timer = engine.loop.timer(afterMilliseconds: Int(max(1, milliseconds))) { [weak self] in
            self?.step()
        }
    }

    /// Does what is due: some sets, or else a step of the walk.
    private func step() {
        guard !isBusy else { return }
        guard mayRun else { return goOn(after: UInt64(Self.idleMilliseconds)) }
        if now < restsUntil { return goOn(after: restsUntil - now) }
        if let next = queue.first, next.milliseconds <= now { return sweepDue() }
        switch walk {
        case .resting(let until):
            if until <= now { return beginWalk() }
            let next = min(until, queue.first?.milliseconds ?? .max)
            goOn(after: min(next - now, UInt64(Self.idleMilliseconds)))
        case .walking(let databases, let cursor, let found, let since):
            walkOn(databases, cursor, found, since: since)
        }
    }

    /// Rests for as long as it takes until what was used is no more than the share.
    private func used(microseconds: Int, members: Int) {
        isBusy = false
        let share = max(1, engine.settings.sweepShare)
        var rest = microseconds * (100 - share) / share / 1000
        let rate = engine.settings.sweepRate
        if rate > 0 { rest = max(rest, members * 1000 / rate) }
        restsUntil = now + UInt64(rest)
        spent += max(0, microseconds)
        goOn(after: UInt64(rest))
    }

    // MARK: Sets

    private func sweepDue() {
        var places: [ConsultedSets.Place] = []
        while places.count < Self.setsPerCall, let next = queue.first, next.milliseconds <= now {
            guard let known = sets[next.place] else {
                queue.popFirst()
                continue
            }
            // A large set has a call of its own, and all sets of a call are of one database.
            let isLarge = known.cursor != "0" || known.size > Self.membersPerCall / 2
            if let first = places.first, isLarge || first.database != next.place.database { break }
            queue.popFirst()
            places.append(next.place)
            if isLarge { break }
        }
        guard let database = places.first?.database else { return goOn(after: 0) }
        let cursor = places.first.flatMap { sets[$0]?.cursor } ?? "0"
        sweep(places.map(\.indexKey), database, cursor: ByteString(cursor))
    }

    private func sweep(_ names: [ByteString], _ database: Int, cursor: ByteString) {
        isBusy = true
        let began = engine.loop.nowMilliseconds
        let pool = side.pool
        side.scripts.run(
            .sweep, keys: names, arguments: [ByteString(String(Self.membersPerCall)), cursor],
            on: pool.ownLink(database: database), next: { pool.ownLink(database: database) }
        ) { [weak self] result in
            guard let self else { return }
            guard case .success(.array(let parts)) = result, parts.count == 2,
                let microseconds = parts[0].count(atMost: Self.mostMicroseconds),
                let pages = parts[1].elements
            else { return failed(names, database) }
            var members = 0
            for (index, name) in names.enumerated() {
                let place = ConsultedSets.Place(side: side.side, database: database, indexKey: name)
                guard index < pages.count, let page = pages[index].elements, page.count == 4,
                    let next = page[0].bytes, let looked = page[1].count(atMost: Self.mostCounted),
                    let removed = page[2].count(atMost: Self.mostCounted),
                    let size = page[3].count(atMost: Self.mostCounted)
                else {
                    put(place, after: 0)
                    continue
                }
                members += looked
                took(place, next, looked: looked, removed: removed, size: size)
            }
            // A Redis whose clock stands still in scripts is measured from here.
            let elapsed = Int(now - min(now, began)) * 1000
            used(microseconds: microseconds > 0 ? microseconds : elapsed, members: members)
        }
    }

    private func took(
        _ place: ConsultedSets.Place, _ cursor: ByteString, looked: Int, removed: Int, size: Int
    ) {
        self.looked += Double(looked)
        self.removed += Double(removed)
        engine.metrics.counter(.sweptMembers).add(UInt64(max(0, removed)))
        guard size > 0 || cursor != "0" else { return sets[place] = nil }
        // A set of others is remembered when there was something to remove, or is more to look at.
        guard var set = sets[place] ?? (removed > 0 || cursor != "0" ? SweptSet(now: now) : nil) else {
            return
        }
        let wait = set.took(
            cursor: cursor.text, looked: looked, removed: removed, size: size, now: now, longest: interval)
        // In which nothing dies for long is left to the walk.
        guard cursor != "0" || removed > 0 || wait < interval,
            sets[place] != nil || sets.count < Self.mostSets
        else { return sets[place] = nil }
        sets[place] = set
        queue.insert(Due(milliseconds: now + wait, place: place))
    }

    private func put(_ place: ConsultedSets.Place, after milliseconds: UInt64) {
        guard sets[place] != nil else { return }
        queue.insert(Due(milliseconds: now + milliseconds, place: place))
    }

    private func failed(_ names: [ByteString], _ database: Int) {
        for name in names {
            let place = ConsultedSets.Place(side: side.side, database: database, indexKey: name)
            sets[place]?.beginAgain()
            put(place, after: interval)
        }
        used(microseconds: 100_000, members: 0)
    }

    // MARK: The walk

    private func beginWalk() {
        isBusy = true
        side.watch.databases { [weak self] databases in
            guard let self else { return }
            walk = .walking(databases: databases ?? [], cursor: "0", found: [], since: now)
            used(microseconds: 0, members: 0)
        }
    }

    private func walkOn(_ databases: [Int], _ cursor: ByteString, _ found: [ByteString], since: UInt64) {
        guard let database = databases.last else {
            // What takes long is not done again at once.
            walk = .resting(until: now + max(interval, 4 * (now - since)))
            return goOn(after: 0)
        }
        if !found.isEmpty {
            walk = .walking(
                databases: databases, cursor: cursor, found: Array(found.dropLast(Self.setsPerCall)),
                since: since)
            return sweep(found.suffix(Self.setsPerCall), database, cursor: "0")
        }
        if cursor == "end" {
            walk = .walking(databases: databases.dropLast(), cursor: "0", found: [], since: since)
            return goOn(after: 0)
        }
        isBusy = true
        let began = engine.loop.nowMilliseconds
        let count = ByteString(String(Self.namesPerScan))
        side.pool.ownLink(database: database).sendOwn(
            ["SCAN", cursor, "MATCH", "freshet:*", "COUNT", count],
            OwnReply { [weak self] result in
                guard let self else { return }
                guard case .success(.array(let parts)) = result, parts.count == 2,
                    let next = parts[0].bytes, let elements = parts[1].elements
                else {
                    walk = .resting(until: now + interval)
                    return used(microseconds: 100_000, members: 0)
                }
                walk = .walking(
                    databases: databases, cursor: next == "0" ? "end" : next,
                    found: elements.compactMap(\.bytes).filter { self.isUnknown($0, database) },
                    since: since)
                // About what so many names cost, where the answer says less.
                let elapsed = Int(now - min(now, began)) * 1000
                used(microseconds: max(elapsed, Self.namesPerScan / 2), members: 0)
            })
    }

    private func isUnknown(_ name: ByteString, _ database: Int) -> Bool {
        Self.isSwept(name)
            && sets[ConsultedSets.Place(side: side.side, database: database, indexKey: name)] == nil
    }

    // MARK: What is known of it

    /// Whether members die faster somewhere than they are removed.
    private(set) var isBehind = false

    private func measure() {
        let all = sets.values
        isBehind = all.contains(where: \.isBehind)
        engine.metrics.gauge(.sweepBehind, side.side.rawValue).set(all.count(where: \.isBehind))
        engine.metrics.gauge(.sweptSets, side.side.rawValue).set(sets.count)
        engine.metrics.gauge(.indexDeadRatio).set(looked < 1 ? 0 : removed / looked)
        engine.metrics.gauge(.sweepTime, side.side.rawValue).set(Double(spent) / 1e6)
        spent = 0
        looked /= 2
        removed /= 2
    }
}
