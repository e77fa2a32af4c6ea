import Bytes
import Commands
import Hiredis
import Naming
import RESP
import Relay

/// The records of a write: before it, so that no invalidation misses the value; and again after it, since one
/// that was under way may have taken the record between the two.
///
///     SADD … ─► (EXISTS, where a part of the value may stay) ─► the write ─► SADD …
///
/// A record that is new although the value is there was absent while the value was: an invalidation may have
/// missed the value, which therefore goes, and all that follows from it. `RecordProtocolTests` explores what
/// can happen in between; [ADR 17](../../docs/adr/0017-records-around-the-value.md) says why.
extension WriteMutation {
    // MARK: Before the write

    func recordBefore(on link: Link) {
        guard isRecorded, !BrokenOrder.recordsLate else { return }
        records.episode = invalidator.health.generation
        records.wasSuspect = invalidator.health.isSuspect
        records.dueBefore += plan.records.count
        link.sendOwn(plan.recordRequests, count: plan.records.count, RecordTask(self, .before))
        look(on: link)
    }

    /// Asks which keys are there already, where the write may leave some of what they are.
    private func look(on link: Link) {
        var requests = ByteBuffer()
        var count = 0
        for (number, owner) in plan.owners.enumerated() where keepsValue(number) {
            RequestEncoder.append(["EXISTS", intent.keys[owner.place].name], into: &requests)
            count += 1
        }
        guard count > 0 else { return }
        records.dueBefore += count
        link.sendOwn(ByteString(requests.span), count: count, RecordTask(self, .look))
    }

    private func keepsValue(_ number: Int) -> Bool {
        intent.keys[plan.owners[number].place].role != .overwrite
    }

    /// Whether the keys that are looked at later are recorded too.
    var preparesRest: Bool {
        Self.owesRecords(intent) && invalidator.worker.conventions.usesIndex
    }

    func prepareRecords(_ ready: @escaping () -> Void) -> Bool {
        guard isRecorded || (!rest.isEmpty && preparesRest) else { return true }
        recordBefore(on: invalidator.worker.pool.ownLink(database: intent.targetDatabase ?? intent.database))
        if !rest.isEmpty, preparesRest { prepareRest() }
        if records.dueBefore == 0 { return true }
        whenPrepared = ready
        return false
    }

    private func prepareRest() {
        records.dueBefore += 1
        invalidator.planLater(intent, rest, ticket) { [self] next in
            self.next = next
            if next?.prepare({ self.endedBefore() }) ?? true { endedBefore() }
        }
    }

    private func endedBefore() {
        records.dueBefore -= 1
        guard records.dueBefore == 0 else { return }
        if records.isAbandoned { takeBackRecords(nil) }
        let ready = whenPrepared
        whenPrepared = nil
        ready?()
    }

    // MARK: After the write

    func record(on link: Link) {
        records.isSent = true
        guard isRecorded else { return }
        records.due += plan.records.count
        link.sendOwn(plan.recordRequests, count: plan.records.count, RecordTask(self, .after))
        invalidator.reporter.recorded(plan.records.count)
    }

    // MARK: Replies

    func answered(_ phase: RecordTask.Phase, _ number: Int, _ answer: RecordTask.Answer) {
        switch (phase, answer) {
        case (.before, .number(1)): records.newBefore.append(owner(of: number))
        case (.look, .number(1)): wasThere(number)
        case (.after, .number(1)): records.newAfter.append(owner(of: number))
        case (.after, .problem(let problem)):
            records.hasFailed = true
            if records.outcome != .unchanged { invalidator.recordFailed(problem) }
        // A record before the write that failed makes the one after it new: no more than a needless miss.
        case (.before, _), (.look, _), (.after, _): break
        }
        if phase != .after { return endedBefore() }
        records.due -= 1
        if records.due == 0 { recorded() }
    }

    private func owner(of record: Int) -> Int {
        plan.owners.count == 1 ? 0 : plan.owners.firstIndex { record < $0.end } ?? 0
    }

    /// The key of the `number`th question was there before the write.
    private func wasThere(_ number: Int) {
        let asked = plan.owners.indices.filter(keepsValue)
        // While the index is suspect keys without records are common, and invalidations find them by name.
        guard number < asked.count, records.newBefore.contains(asked[number]), !records.wasSuspect else {
            return
        }
        records.missed.append(asked[number])
    }

    /// All records are answered.
    private func recorded() {
        let held = held
        self.held = nil
        switch records.outcome {
        case .changed: remove(missed, held)
        case .unchanged: takeBackRecords(held)
        case .pending, .unknown: break
        }
        held?.release()
    }

    /// The keys that an invalidation may have missed.
    private var missed: [Int] {
        if BrokenOrder.recordsLate { return [] }
        // A reconciler may have recorded what was missed before this write came to it.
        let isDoubtful =
            records.hasFailed || (records.episode != invalidator.health.generation && isRecorded)
        return isDoubtful ? Array(plan.owners.indices) : Array(Set(records.missed + records.newAfter))
    }

    private func remove(_ owners: [Int], _ held: HeldReply?) {
        if owners.isEmpty { return }
        let (cause, frontier) = removal(of: owners)
        let link = invalidator.worker.pool.ownLink(database: cause.database)
        let cascade = invalidator.start(cause, frontier, nil, ticket, on: link)
        guard let held, !cascade.isOver else { return }
        cascade.hold(held)
        invalidator.watch(cascade)
    }

    /// The removal of recorded keys themselves, and of all that follows from them.
    func removal(of owners: some Sequence<Int>) -> (Cause, Frontier) {
        let keys = owners.map { intent.keys[plan.owners[$0].place].name }
        var cause = cause
        cause.source = .engine
        cause.database = intent.targetDatabase ?? intent.database
        cause.keys = keys
        cause.note = "it had no record while it was there, so that an invalidation may have missed it"
        var frontier = Frontier()
        frontier.steps = keys.map { Frontier.Step(key: $0, depth: 1, parent: "", origin: nil) }
        frontier.roots = keys.map { Frontier.Root(key: $0, depth: 1) }
        return (cause, frontier)
    }

    // MARK: Writes that did not happen

    /// Takes back what was recorded for a write that did not happen, unless the key is there.
    func takeBackRecords(_ held: HeldReply?) {
        records.outcome = .unchanged
        if records.dueBefore > 0 {
            records.isAbandoned = true
            return
        }
        if records.due > 0 {
            if let held {
                held.retain()
                self.held = held
            }
            return
        }
        let owners = Set(records.newBefore + records.newAfter)
        (records.newBefore, records.newAfter) = ([], [])
        if !owners.isEmpty { takeBack(owners, held) }
    }

    /// Forgets the records of a database in which the write did not run.
    func forgetRecordsBefore() {
        let owners = Set(records.newBefore)
        (records.newBefore, records.missed) = ([], [])
        if !owners.isEmpty { takeBack(owners, nil) }
    }

    private func takeBack(_ owners: Set<Int>, _ held: HeldReply?) {
        let database = intent.targetDatabase ?? intent.database
        let pool = invalidator.worker.pool
        let round = TakingBack(self, held)
        for (number, record) in plan.records.enumerated() where owners.contains(owner(of: number)) {
            let owner = owner(of: number)
            // Levels of tags are dead when nothing is below them: that says nothing of the key.
            let isOwn = record.member == intent.keys[plan.owners[owner].place].name
            round.begin()
            invalidator.scripts.run(
                .takeBack, keys: [record.indexKey], arguments: [record.member],
                on: pool.ownLink(database: database), next: { pool.ownLink(database: database) }
            ) { result in
                let isThere = if case .success(.integer(0)) = result { isOwn } else { false }
                round.ended(isThere ? owner : nil)
            }
        }
        round.ended(nil)
    }

    /// What was there without a record goes, though nothing was written.
    fileprivate func tookBack(_ there: Set<Int>, _ held: HeldReply?) {
        if !records.wasSuspect { remove(Array(there), held) }
    }
}

/// The records of one write that are being taken back.
private final class TakingBack {
    private let mutation: WriteMutation
    private let held: HeldReply?
    private var due = 1
    private var there: Set<Int> = []

    init(_ mutation: WriteMutation, _ held: HeldReply?) {
        self.mutation = mutation
        self.held = held
        held?.retain()
    }

    func begin() { due += 1 }

    /// One of them is done; `owner` turned out to be there.
    func ended(_ owner: Int?) {
        if let owner { there.insert(owner) }
        due -= 1
        guard due == 0 else { return }
        mutation.tookBack(there, held)
        held?.release()
    }
}
