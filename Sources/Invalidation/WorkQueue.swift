import Bytes

/// The states and the order of the engine's work, without any I/O and without a clock of its own.
///
///     accept ─► waiting ─► ready ─► running ─► done
///                  ▲                  │ ├────► held    (breaker; a person decides)
///                  └──── failed ◄─────┘ └────► dead    (a person decides)
///
/// Small, large and spread work have slots of their own on each side, so that neither a drain of a million
/// keys nor a Redis that is away keeps small work of the other waiting. At most `limits.inMemory` pieces are
/// held in memory; what is beyond is in the store alone until there is room (`isHungry`).
struct WorkQueue: Sendable {
    struct Limits: Sendable, Equatable {
        /// Pieces of each size that run at a time on each side.
        var slots = 4
        var inMemory = 10_000
        /// With what is in the store alone.
        var total = 1_000_000
        var dead = 10_000
        /// Whether work may be in the store alone.
        var hasStore = false
    }

    enum Phase: Sendable, Equatable {
        case ready
        /// Until that many ticks.
        case waiting(until: UInt64)
        case running
        case paused, held, dead
    }

    /// One piece of work and where it is in its life.
    struct Item: Sendable {
        var work: Work
        var phase: Phase
        /// When it came into memory, in ticks.
        var since: UInt64
        /// Whether the store has a row for it, or soon will.
        var isStored = false

        /// Whether the Redis that it is for should have had it by now.
        var isOwedNow: Bool {
            if case .waiting = phase { work.isRetrying } else { true }
        }

        /// What metrics and lists call its state.
        var stateName: String {
            switch phase {
            case .ready: work.isRetrying ? "retrying" : "pending"
            case .waiting: work.isRetrying ? "retrying" : "delayed"
            case .running: "running"
            case .paused: "paused"
            case .held: "held"
            case .dead: "dead"
            }
        }
    }

    enum Acceptance: Equatable {
        case new(Int64)
        /// Work that waits already does it as well.
        case joined(Int64)
        /// It is to be stored; memory has no room.
        case outside(Int64)
        /// Neither memory nor store has room: the caller widens.
        case full
    }

    var limits: Limits
    var brakes = Brakes()
    /// Whether the store has not yet told what was stopped before a restart.
    var isUnread = false
    var items: [Int64: Item] = [:]
    /// The number of the next piece; 1 is the brakes' own in the store.
    var nextNumber: Int64 = 2
    /// Pieces that the store alone has.
    var outside = 0
    private var lanes: [Lane: Heap<Int64>] = [:]
    private var wakes = Heap<Wake>()
    /// What waits, the latest first.
    var latest = Heap<LateWake>()
    private var used: [Slots: Int] = [:]
    /// Pieces in memory that only wait for a place.
    private(set) var ready = 0
    private(set) var counts: [String: Int] = [:]
    private var owedCounts: [Side: Int] = [:]
    /// Work that has not begun, by what it works on.
    private var index: [ByteString: Int64] = [:]
    /// Numbers of dead letters, and of what was one.
    var deadOrder = Heap<Int64>()
    private var deadIndex: [ByteString: Set<Int64>] = [:]
    var changes = Changes()

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Pieces in memory, without dead letters.
    var inMemory: Int { items.count - (counts["dead"] ?? 0) }
    /// All pieces that are owed, without dead letters.
    var total: Int { inMemory + outside }

    /// Pieces that one Redis is owed by now, dead letters among them; what is due later is not counted.
    func owed(to side: Side) -> Int { owedCounts[side, default: 0] + outside }

    // MARK: Accepting

    /// Takes a new piece of work, joined to what waits where that does the same.
    ///
    /// `isForced` takes it whatever the limits say: it stands for what there was no room for.
    mutating func accept(_ work: Work, at now: Moment, isForced: Bool = false) -> Acceptance {
        let names = work.names
        supersede(names)
        if let number = join(work, names, now) { return .joined(number) }
        guard isForced || total < limits.total else { return .full }
        guard isForced || limits.hasStore || inMemory < limits.inMemory else { return .full }
        var work = work
        work.number = nextNumber
        nextNumber += 1
        work.accepted = now.wall
        if work.delayMilliseconds > 0 { work.wait(work.delayMilliseconds, from: now) }
        let until = now.ticks(of: work.due, waitingAtMost: work.waitMilliseconds)
        guard isForced || inMemory < limits.inMemory || evict(beyond: until) else {
            outside += 1
            changes.puts.append(work)
            return .outside(work.number)
        }
        insert(work, at: now)
        changes.dirty.insert(work.number)
        return .new(work.number)
    }

    /// Whether a piece that works on the same has not begun.
    func waits(_ names: [ByteString]) -> Bool { names.contains { index[$0] != nil } }

    /// Joins `work` to a piece that waits, or says that there is no room in that.
    mutating func joinOnly(_ work: Work, at now: Moment) -> Acceptance {
        join(work, work.names, now).map { .joined($0) } ?? .full
    }

    /// Takes a piece from the store; false when it is in memory already.
    @discardableResult
    mutating func restore(_ work: Work, at now: Moment) -> Bool {
        guard items[work.number] == nil else { return false }
        nextNumber = max(nextNumber, work.number + 1)
        insert(work, at: now)
        items[work.number]?.isStored = true
        return true
    }

    private mutating func insert(_ work: Work, at now: Moment) {
        let until = now.ticks(of: work.due, waitingAtMost: work.waitMilliseconds)
        let phase: Phase =
            switch work.state {
            case .pending: until > now.ticks ? .waiting(until: until) : .ready
            case .paused: .paused
            case .held: .held
            case .dead: .dead
            }
        items[work.number] = Item(work: work, phase: phase, since: now.ticks)
        entered(work.number)
    }

    /// Joins `work` to a piece that has not begun, if there is one for it.
    private mutating func join(_ work: Work, _ names: [ByteString], _ now: Moment) -> Int64? {
        for name in names {
            guard let number = index[name], var item = items[number], mayJoin(work, item) else { continue }
            guard item.work.join(work) else { continue }
            left(number)
            if work.debounceMilliseconds > 0 {
                item.work.debounce(since: item.since, from: now)
            } else {
                item.work.due = 0
            }
            items[number] = item
            let until = now.ticks(of: item.work.due, waitingAtMost: item.work.waitMilliseconds)
            items[number]?.phase = until > now.ticks ? .waiting(until: until) : .ready
            entered(number)
            changes.dirty.insert(number)
            changes.joined += 1
            return number
        }
        return nil
    }

    /// Work with a delay keeps it, so only a debounce joins that; what waits for another attempt is due with
    /// the new.
    private func mayJoin(_ work: Work, _ item: Item) -> Bool {
        switch item.phase {
        case .ready: work.delayMilliseconds == 0 || work.debounceMilliseconds > 0
        case .waiting:
            item.work.isRetrying ? work.delayMilliseconds == 0 : work.debounceMilliseconds > 0
        case .running, .paused, .held, .dead: false
        }
    }

    /// Removes dead letters that `names` include: newer work does what they could not.
    mutating func supersede(_ names: [ByteString]) {
        guard !deadIndex.isEmpty else { return }
        let all = Set(names)
        for number in Set(names.flatMap { deadIndex[$0] ?? [] }) {
            guard let item = items[number], all.isSuperset(of: item.work.names) else { continue }
            remove(number)
            changes.superseded.append(item.work)
        }
    }

    // MARK: Running

    /// The next piece that may run now; it counts as running from then on.
    mutating func next(at now: Moment, isReachable: (Side) -> Bool) -> Work? {
        wake(now)
        var best: (number: Int64, lane: Lane)?
        for lane in Array(lanes.keys) where isOpen(lane) && isReachable(lane.side) {
            guard let number = head(of: lane) else { continue }
            if number < best?.number ?? .max { best = (number, lane) }
        }
        guard let best else { return nil }
        lanes[best.lane]?.popFirst()
        setPhase(best.number, .running)
        return items[best.number]?.work
    }

    private func isOpen(_ lane: Lane) -> Bool {
        let running = used[Slots(side: lane.side, size: lane.size), default: 0]
        let most = lane.size == .spread ? limits.slots * Self.spreadSlots : limits.slots
        return running < most && isLet(lane)
    }

    private func isLet(_ lane: Lane) -> Bool { !lane.isBraked || (!isUnread && brakes.lets(lane.rule)) }

    /// How many pieces in memory wait for nothing but a place.
    func runnable(isReachable: (Side) -> Bool) -> Int {
        items.values.count { $0.phase == .ready && isReachable($0.work.side) && isLet(Lane($0.work)) }
    }

    /// The first of the lane that still belongs there.
    private mutating func head(of lane: Lane) -> Int64? {
        while let number = lanes[lane]?.first {
            if let item = items[number], item.phase == .ready, Lane(item.work) == lane { return number }
            lanes[lane]?.popFirst()
        }
        lanes[lane] = nil
        return nil
    }

    private mutating func wake(_ now: Moment) {
        while let first = wakes.first, first.until <= now.ticks {
            wakes.popFirst()
            guard case .waiting(let until) = items[first.number]?.phase, until == first.until else {
                continue
            }
            setPhase(first.number, .ready)
        }
    }

    /// When the next piece that waits is due, in ticks.
    mutating func nextWake() -> UInt64? {
        while let first = wakes.first {
            if case .waiting(let until) = items[first.number]?.phase, until == first.until {
                return first.until
            }
            wakes.popFirst()
        }
        return nil
    }

    // MARK: Phases

    mutating func setPhase(_ number: Int64, _ phase: Phase) {
        left(number)
        items[number]?.phase = phase
        entered(number)
    }

    /// Changes the work of a piece and its phase.
    mutating func replace(_ work: Work, _ phase: Phase) {
        left(work.number)
        items[work.number]?.work = work
        items[work.number]?.phase = phase
        entered(work.number)
        changes.dirty.insert(work.number)
    }

    /// Takes a piece out of memory and nowhere else.
    mutating func forget(_ number: Int64) {
        left(number)
        items[number] = nil
    }

    mutating func remember(_ item: Item) {
        items[item.work.number] = item
        entered(item.work.number)
    }

    mutating func remove(_ number: Int64) {
        guard let item = items[number] else { return }
        left(number)
        items[number] = nil
        changes.dirty.remove(number)
        changes.accepted += item.work.onAccepted
        if item.isStored { changes.removals.append(number) }
    }

    private mutating func entered(_ number: Int64) {
        guard let item = items[number] else { return }
        counts[item.stateName, default: 0] += 1
        if item.isOwedNow { owedCounts[item.work.side, default: 0] += 1 }
        switch item.phase {
        case .ready:
            ready += 1
            lanes[Lane(item.work), default: Heap()].insert(number)
            for name in item.work.names { index[name] = number }
        case .waiting(let until):
            wakes.insert(Wake(until: until, number: number))
            if limits.hasStore { noteLate(LateWake(until: until, number: number)) }
            for name in item.work.names { index[name] = number }
        case .running: used[Slots(side: item.work.side, size: Size(item.work)), default: 0] += 1
        case .dead:
            noteDead(number)
            for name in item.work.names { deadIndex[name, default: []].insert(number) }
        case .paused, .held: break
        }
    }

    private mutating func left(_ number: Int64) {
        guard let item = items[number] else { return }
        counts[item.stateName, default: 0] -= 1
        if item.isOwedNow { owedCounts[item.work.side, default: 0] -= 1 }
        switch item.phase {
        case .ready, .waiting:
            if item.phase == .ready { ready -= 1 }
            for name in item.work.names where index[name] == number { index[name] = nil }
        case .running: used[Slots(side: item.work.side, size: Size(item.work)), default: 0] -= 1
        case .dead:
            for name in item.work.names {
                deadIndex[name]?.remove(number)
                if deadIndex[name]?.isEmpty == true { deadIndex[name] = nil }
            }
        case .paused, .held: break
        }
    }

    private mutating func noteDead(_ number: Int64) {
        deadOrder.insert(number)
        guard deadOrder.count > 2 * (counts["dead"] ?? 0) + 1024 else { return }
        deadOrder = Heap()
        for (number, item) in items where item.phase == .dead { deadOrder.insert(number) }
    }

    /// Entries of pieces that wait no longer are left behind; they are cleared when they are the most.
    private mutating func noteLate(_ wake: LateWake) {
        latest.insert(wake)
        guard latest.count > 2 * items.count + 1024 else { return }
        latest = Heap()
        for (number, item) in items {
            if case .waiting(let until) = item.phase {
                latest.insert(LateWake(until: until, number: number))
            }
        }
    }

    /// Whether a large piece may go on as such: there is a slot for it.
    func hasSlot(forBigOn side: Side) -> Bool {
        used[Slots(side: side, size: .big), default: 0] < limits.slots
    }

    /// Makes a running piece a large one, which frees the place that it took from small ones.
    mutating func promote(_ number: Int64) {
        guard var item = items[number], item.phase == .running else { return }
        item.work.isBig = true
        replace(item.work, .running)
    }
}
