import Bytes
import Config
import EventLoop
import Logging
import Metrics
import Store

/// Keeps the queue in the store: what waits is written, what has ended is removed, what memory has room for
/// is read.
///
/// Rows are written a few milliseconds after the work came, all that gathered in one go, so that work that
/// ends at once never costs a write. One write is under way at a time; the next takes what gathers meanwhile.
final class WorkKeeper {
    /// How long a piece may live without a row.
    static let gatherMilliseconds = 5
    /// Rows of work beyond memory that one write takes.
    static let rowsPerWrite = 8192
    /// How often the store is asked again when it had nothing that is due.
    static let pollMilliseconds: UInt64 = 1000
    /// How long work waits for the store to tell what was stopped before a restart.
    static let patienceMilliseconds = 5000
    /// How often the rows are counted anew.
    static let recountMilliseconds = 60_000
    /// The row of the brakes.
    static let brakesNumber: Int64 = 1

    private unowned let engine: Engine
    private var store: ItemStore?
    private let bound: LoopBound<Engine>
    private var isOpen = false
    /// Whether it is known what the store has.
    private var isRead = false
    private var hasNumbers = false
    /// Who waits for final numbers.
    private var onNumbers: [() -> Void] = []
    private var isGathering = false
    private var isWriting = false
    private var isLoading = false
    private var nextLoad: UInt64 = 0
    private var savedBrakes = Brakes()
    private var unsaved: [@Sendable () -> Void] = []
    /// Counts writes, so that what comes late is not taken for the answer to a newer one.
    private var writeNumber = 0
    /// Whether no removals are behind the rows that are being written.
    private var endsWithRows = false
    /// Rows that cannot be read, until what stands for them is in the queue.
    private var damaged: Set<Int64> = []

    /// Until the store is open, work is done but not kept.
    init(_ store: ItemStore, engine: Engine) {
        self.store = store
        self.engine = engine
        bound = LoopBound(engine, loop: engine.loop)
        engine.loop.timer(afterMilliseconds: Self.patienceMilliseconds) { [weak engine] in
            engine?.keeper?.known()
        }
    }

    /// Whether rows can be written: the queue may then leave work to the store alone.
    var isUsable: Bool { isOpen }
    /// Whether it is known what an earlier process has left.
    var isKnown: Bool { isRead }

    // MARK: What became of the store

    func happened(_ event: ItemStore.Event) {
        switch event {
        case .owned, .waiting: break
        case .opened: readFirst()
        case .setAside(_, _, _, let lost):
            if lost != 0 { engine.lost("rows of the queue's file") }
            engine.queue.changes.dirty.formUnion(engine.queue.items.keys)
            engine.failover?.distrustCopies()
            if isRead {
                ask {
                    $0.counts(done: $1)
                } then: {
                    $0.counted($1)
                }
            }
        case .failed:
            known()
            setOpen(false)
        case .recovered: if isRead { setOpen(true) } else { readFirst() }
        case .hasRoom: changed()
        }
    }

    /// It is known now what a person has stopped before this process began, or that it cannot be known:
    /// until then only what an operator asks for runs.
    private func known() {
        guard engine.queue.isUnread else { return }
        engine.queue.isUnread = false
        // Nobody knows which numbers the store has; those of milliseconds since 1970 it surely has not.
        settleNumbers(behind: engine.moment.wall)
        for side in engine.sides { side.drainKeeper.look() }
        engine.loop.timer(
            afterMilliseconds: Self.recountMilliseconds, everyMilliseconds: Self.recountMilliseconds
        ) { [weak engine] in
            guard let keeper = engine?.keeper, keeper.isOpen else { return }
            keeper.ask {
                $0.counts(done: $1)
            } then: {
                $0.counted($1)
            }
        }
        engine.turn()
    }

    /// Numbers work anew, once: from here on each piece keeps its number for good.
    private func settleNumbers(behind last: Int64) {
        guard !hasNumbers else { return }
        engine.renumber(by: last)
        hasNumbers = true
        let told = onNumbers
        onNumbers = []
        for body in told { body() }
    }

    /// Calls `body` once the numbers of work are final; at once when they are.
    func whenNumbered(_ body: @escaping () -> Void) {
        if hasNumbers { body() } else { onNumbers.append(body) }
    }

    private func setOpen(_ open: Bool) {
        isOpen = open
        engine.queue.limits = engine.limits
        engine.turn()
    }

    private func readFirst() {
        guard !isRead else { return }
        ask {
            $0.counts(done: $1)
        } then: { keeper, counts in
            guard !keeper.isRead else { return }
            keeper.settleNumbers(behind: counts.lastNumber)
            let next = max(keeper.engine.queue.nextNumber, counts.lastNumber + 1)
            keeper.engine.queue.nextNumber = next
            keeper.counted(counts)
            keeper.loadStopped()
        }
    }

    private func counted(_ counts: ItemStore.Counts) {
        let waiting = (counts.items[.pending] ?? 0) + (counts.items[.retrying] ?? 0)
        let known = engine.queue.items.values.count { $0.isStored && $0.work.state == .pending }
        engine.queue.outside = max(0, waiting - known)
        engine.turn()
    }

    /// What waits for a person, and the brakes, are in memory from the start.
    private func loadStopped() {
        let query = ItemStore.Query(
            states: [.paused, .held, .dead], order: .number,
            limit: engine.settings.deadLetters + engine.settings.queueMemoryItems)
        ask {
            $0.load(query, done: $1)
        } then: { keeper, rows in
            if let brakes = rows.first(where: { $0.number == Self.brakesNumber }) {
                keeper.engine.adopt(BrakesCoder.decode(brakes.content))
                keeper.savedBrakes = keeper.engine.queue.brakes
            }
            let engine = keeper.engine
            for work in keeper.works(rows.filter { $0.number != Self.brakesNumber }) {
                engine.queue.restore(work, at: engine.moment)
            }
            keeper.isRead = true
            keeper.known()
            keeper.setOpen(true)
        }
    }

    // MARK: Writing

    /// Has rows written soon, and read where memory has room.
    func changed() {
        guard isOpen else { return }
        if engine.queue.brakes != savedBrakes { saveBrakes() }
        feed()
        guard !isGathering, !isWriting, hasRows else { return }
        isGathering = true
        engine.loop.timer(afterMilliseconds: Self.gatherMilliseconds) { [weak engine] in
            engine?.keeper?.write()
        }
    }

    private var hasRows: Bool { engine.queue.hasRows || !unsaved.isEmpty }

    /// Who waits for work that has ended is told with the next rows: work that followed from it may be
    /// among them.
    func accept(_ told: [@Sendable () -> Void]) {
        if isOpen, engine.queue.hasRows || isWriting || engine.queue.brakes != savedBrakes {
            unsaved += told
        } else {
            for body in told { body() }
        }
    }

    private func write() {
        isGathering = false
        guard isOpen, !isWriting, hasRows, let store else { return }
        let (puts, removals) = engine.queue.takeRows(atMost: Self.rowsPerWrite)
        // What has ended may have led to any of the rows.
        let isLast = engine.queue.changes.puts.isEmpty
        let told = puts.flatMap(\.onAccepted) + (isLast ? unsaved : [])
        if isLast { unsaved = [] }
        isWriting = true
        writeNumber += 1
        let (mailbox, bound, number) = (engine.loop.mailbox, bound, writeNumber)
        let isTaken = store.put(puts.map(WorkQueue.Item.row)) { result in
            mailbox.post { bound.value.keeper?.put(puts, result, told, number) }
        }
        guard isTaken else {
            engine.queue.changes.removals += removals
            return notWritten(puts, told, "too much waits for the store")
        }
        // Removed after what may have followed from it is there.
        let isRemoved = store.remove(removals) { _ in
            mailbox.post { bound.value.keeper?.wrote(told, number) }
        }
        endsWithRows = !isRemoved
        if !isRemoved { engine.queue.changes.removals += removals }
    }

    private func put(
        _ puts: [Work], _ result: Result<Void, ItemStore.Failure>, _ told: [@Sendable () -> Void],
        _ number: Int
    ) {
        guard isWriting, number == writeNumber else { return }
        switch result {
        case .failure(let failure): notWritten(puts, told, "\(failure)")
        case .success: if endsWithRows { wrote(told, number) }
        }
    }

    private func wrote(_ told: [@Sendable () -> Void], _ number: Int) {
        // Where the rows were not written, `told` waits for the next attempt.
        guard isWriting, number == writeNumber else { return }
        isWriting = false
        for body in told { body() }
        changed()
    }

    private func notWritten(_ puts: [Work], _ told: [@Sendable () -> Void], _ reason: String) {
        isWriting = false
        engine.log.error("the queue was not written", metadata: ["reason": "\(reason)"])
        engine.queue.takeBack(puts)
        unsaved += told
        engine.loop.timer(afterMilliseconds: 1000) { [weak engine] in engine?.keeper?.changed() }
    }

    private func saveBrakes() {
        let brakes = engine.queue.brakes
        savedBrakes = brakes
        let row = StoredItem(
            number: Self.brakesNumber, state: .paused, due: 0, mergeKey: "", rule: "",
            content: BrakesCoder.encode(brakes))
        let isTaken = brakes == Brakes() ? store?.remove([row.number]) : store?.put([row])
        if isTaken != true { savedBrakes = Brakes(everythingSince: -1) }
    }

    // MARK: Reading

    private func feed() {
        guard !isLoading, engine.queue.isHungry, engine.loop.nowMilliseconds >= nextLoad else { return }
        isLoading = true
        // What has ended may still have its row, and what is about to be written an older one.
        let changes = engine.queue.changes
        let known = Set(engine.queue.items.keys).union(changes.removals)
            .union(changes.puts.map(\.number))
        let query = ItemStore.Query(states: [.pending, .retrying], limit: engine.queue.rowsToLoad)
        ask {
            $0.load(query, done: $1)
        } then: { keeper, rows in
            keeper.isLoading = false
            keeper.fed(rows, known, isAll: rows.count < query.limit)
        }
    }

    private func fed(_ rows: [StoredItem], _ known: Set<Int64>, isAll: Bool) {
        let engine = engine
        let found = works(rows.filter { !known.contains($0.number) })
        if !engine.queue.restore(found, known: known, at: engine.moment) {
            nextLoad = engine.loop.nowMilliseconds + Self.pollMilliseconds
            engine.loop.timer(afterMilliseconds: Int(Self.pollMilliseconds)) { [weak engine] in
                engine?.turn()
            }
        }
        if isAll, engine.queue.inMemory < engine.queue.limits.inMemory {
            engine.queue.outside = engine.queue.changes.puts.count
        }
        engine.turn()
    }

    /// One row by its number, for an operator; nil where there is none.
    func row(_ number: Int64, _ done: @escaping (Work?) -> Void) {
        guard number > 0 else { return done(nil) }
        let query = ItemStore.Query(
            order: .number, after: .init(number: number - 1), limit: 1)
        let answer = LoopBound(done, loop: engine.loop)
        ask {
            $0.load(query, done: $1)
        } then: { keeper, rows in
            answer.value(keeper.works(rows).first { $0.number == number })
        }
    }

    /// Rows of one rule, or of all, behind `number`.
    func rows(
        after number: Int64, rule: String?, limit: Int, _ done: @escaping ([StoredItem]) -> Void
    ) {
        let query = ItemStore.Query(
            states: [.pending, .retrying], order: .number, after: .init(number: number), rule: rule,
            limit: limit)
        let answer = LoopBound(done, loop: engine.loop)
        ask {
            $0.load(query, done: $1)
        } then: { _, rows in
            answer.value(rows)
        }
    }

    func remove(_ numbers: [Int64]) { _ = store?.remove(numbers) }

    /// The work of rows; one that means nothing is told and left out, and its row is removed.
    private func works(_ rows: [StoredItem]) -> [Work] {
        rows.compactMap { row in
            do {
                let work = try Work(row, engine.conventions)
                // What it has taken out of the index is in its hands, not left behind.
                if case .finish(let frontier) = work.task {
                    let drains = engine.side(work.side).health.drains
                    for take in frontier.takes where !take.drain.isEmpty { drains.insert(take.drain) }
                    for drain in frontier.spent { drains.insert(drain) }
                }
                return work
            } catch {
                tellDamage(row)
                return nil
            }
        }
    }

    /// The row stays until what stands for it is in the queue, and goes with the write of that.
    private func tellDamage(_ row: StoredItem) {
        guard damaged.insert(row.number).inserted else { return }
        engine.reportDamage(row) { [weak engine] in
            engine?.queue.changes.removals.append(row.number)
            engine?.turn()
        }
    }

    /// Asks the store and answers on the engine's loop; nothing happens where the store fails.
    private func ask<Value: Sendable>(
        _ question: (ItemStore, @escaping ItemStore.Done<Value>) -> Bool,
        then: @escaping @Sendable (WorkKeeper, Value) -> Void
    ) {
        guard let store else { return }
        let (mailbox, bound) = (engine.loop.mailbox, bound)
        let isTaken = question(store) { result in
            mailbox.post {
                guard let keeper = bound.value.keeper else { return }
                switch result {
                case .success(let value): then(keeper, value)
                case .failure(let failure): keeper.failed("\(failure)")
                }
            }
        }
        if !isTaken { failed("too much waits for the store") }
    }

    private func failed(_ reason: String) {
        isLoading = false
        engine.log.error("the queue was not read", metadata: ["reason": "\(reason)"])
        nextLoad = engine.loop.nowMilliseconds + Self.pollMilliseconds
        guard !isRead else { return }
        engine.loop.timer(afterMilliseconds: Int(Self.pollMilliseconds)) { [weak engine] in
            engine?.keeper?.readFirst()
        }
    }

    /// Writes what has gathered; whoever opened the store closes it after that.
    func stop() {
        let (puts, removals) = engine.queue.takeRows()
        if isOpen {
            _ = store?.put(puts.map(WorkQueue.Item.row))
            _ = store?.remove(removals)
        }
        store = nil
        isOpen = false
    }
}
