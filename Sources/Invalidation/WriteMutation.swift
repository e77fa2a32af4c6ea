import Bytes
import Commands
import Config
import EventLoop
import Naming
import RESP
import Relay

/// A write of keys that conventions speak of: its records, and the cascade that follows it.
///
/// On a link of Freshet's own identity records and computed closure ride around the write, in the same round
/// trip. Everywhere else the records before it are answered before it is sent; what follows it waits until
/// the reply says that it has happened, and the reply waits for that. Which record goes where, and what
/// follows from its reply, is in `WriteMutation+Records`.
final class WriteMutation: Mutation {
    private(set) var intent: WriteIntent
    let plan: Plan
    /// Keys of the same write that are looked at in later ticks.
    let rest: ArraySlice<WriteIntent.Key>
    /// What the next of them owe; nil until they are looked at.
    var next: WriteMutation?
    /// The intent, held from before the write leaves until nothing follows from it any more.
    let ticket: IntentBook.Ticket?
    let invalidator: Invalidator
    /// Whether the keys of the plan are recorded.
    let isRecorded: Bool
    var records = RecordState()
    /// Called once what must precede the write is done.
    var whenPrepared: (() -> Void)?
    var held: HeldReply?
    private var cascade: InlineCascade?
    /// Keys that the same transaction has written anew after this write.
    private var fresh: [ByteString] = []

    init(
        _ intent: WriteIntent, _ plan: Plan, rest: ArraySlice<WriteIntent.Key>,
        ticket: IntentBook.Ticket?, invalidator: Invalidator
    ) {
        self.intent = intent
        self.plan = plan
        self.rest = rest
        isRecorded = !plan.records.isEmpty && Self.owesRecords(intent)
        self.ticket = ticket
        self.invalidator = invalidator
    }

    /// A write that was never sent, was refused, or was discarded with its transaction owes nothing.
    deinit {
        if let ticket { invalidator.intents?.release(ticket) }
    }

    /// Whether any key is there after the write.
    static func owesRecords(_ intent: WriteIntent) -> Bool {
        intent.targetDatabase != nil || intent.keys.contains { $0.role != .delete }
    }

    override var mayRideAlong: Bool { otherDatabase == nil && (rest.isEmpty || !preparesRest) }

    override var isInOrder: Bool {
        guard rest.isEmpty, otherDatabase == nil else { return false }
        return plan.frontier.isEmpty || (plan.removal != nil && !intent.isConditional)
    }

    override var leadsOn: Bool { !plan.frontier.isEmpty }

    override func freshKeys(_ verdict: ReplyVerdict) -> [ByteString] {
        if verdict.isError { return [] }
        let isRemoval = ["del", "unlink", "getdel"].contains(intent.command)
        guard isRemoval || intent.replyRule.changed(verdict) else { return [] }
        return intent.keys.filter { $0.role == .overwrite || isRemoval }.map(\.name)
    }

    override func spare(_ keys: [ByteString]) { fresh = keys }

    override func relocate(to database: Int) {
        guard database != intent.database else { return }
        if intent.targetDatabase == nil { forgetRecordsBefore() }
        intent.database = database
        next?.relocate(to: database)
    }

    var cause: Cause {
        var cause = Cause(intent)
        cause.side = invalidator.side
        return cause
    }

    override func lead(on link: Link) { recordBefore(on: link) }

    override func prepare(_ ready: @escaping () -> Void) -> Bool { prepareRecords(ready) }

    override func follow(on link: Link) {
        record(on: link)
        if !intent.isConditional { startCascade(on: link) }
    }

    override func settle(_ verdict: ReplyVerdict?, held: HeldReply?) {
        guard let verdict else { return outcomeIsUnknown() }
        let hasChanged = intent.replyRule.changed(verdict)
        invalidator.reporter.mutated(hasChanged ? .changed : verdict.isError ? .failed : .unchanged)
        guard hasChanged else {
            cascade?.cascade.wasRefused = verdict.isError
            return abandon(held: held)
        }
        if let ticket { invalidator.intents?.hold(held, for: ticket) }
        let worker = invalidator.worker
        let patience = UInt64(worker.settings.cascadeDeadline.milliseconds)
        happened(held, deadline: worker.loop.nowMilliseconds + patience)
    }

    override func abandon(held: HeldReply?) {
        takeBackRecords(held)
        next?.abandon(held: held)
    }

    /// Counts as done: a needless miss is better than a stale value. The audit tells.
    private func outcomeIsUnknown() {
        records.outcome = .unknown
        invalidator.reporter.mutated(.unknown)
        invalidator.note(intent, rest: rest, ticket, isUnknown: true)
        let record = invalidator.reporter.unknown(cause)
        // Once more where a cascade was sent behind the write: Redis may yet run the write without it.
        var undone = plan.frontier
        undone.roots += rest.map { Frontier.Root(key: $0.name, depth: 0) }
        let lacksRecords = (!records.isSent && isRecorded) || rest.contains { $0.role != .delete }
        for database in databases {
            var cause = cause
            cause.database = database
            invalidator.handOver(cause, undone, lacksRecords: lacksRecords, ticket, parent: record)
            guard otherDatabase == nil, isRecorded else { continue }
            // A record before it may hide that the value which was there has been missed.
            var (doubtful, frontier) = removal(of: plan.owners.indices)
            doubtful.database = database
            invalidator.handOver(doubtful, frontier, lacksRecords: false, ticket, parent: record)
        }
        if let otherDatabase {
            var cause = cause
            cause.database = otherDatabase
            invalidator.handOver(cause, plan.frontier, lacksRecords: isRecorded, ticket, parent: record)
        }
    }

    /// Where the write may have run.
    private var databases: Set<Int> {
        intent.possibleDatabases.isEmpty ? [intent.database] : intent.possibleDatabases
    }

    /// The other database that the write reaches.
    var otherDatabase: Int? { intent.targetDatabase == intent.database ? nil : intent.targetDatabase }

    /// Does what is owed, as far as it is not done, and keeps the reply for it.
    func happened(_ held: HeldReply?, deadline: UInt64) {
        records.outcome = .changed
        invalidator.note(intent, ticket)
        if !rest.isEmpty {
            invalidator.goOn(intent, with: rest, planned: next, ticket, held, deadline: deadline)
            next = nil
        }
        owe()
        wait(held)
    }

    private func owe() {
        let pool = invalidator.worker.pool
        if let otherDatabase { return arrived(in: otherDatabase, on: pool.ownLink(database: otherDatabase)) }
        let owesCascade = cascade == nil && !plan.frontier.isEmpty
        if !records.isSent || owesCascade {
            let link = pool.ownLink(database: intent.database)
            if !records.isSent { record(on: link) }
            if owesCascade { startCascade(on: link) }
        }
    }

    /// MOVE and COPY … DB write in another database: there the key is new, and has its own index and
    /// dependents.
    private func arrived(in database: Int, on link: Link) {
        record(on: link)
        if cascade == nil { startCascade(on: invalidator.worker.pool.ownLink(database: intent.database)) }
        var cause = cause
        cause.database = database
        if !plan.frontier.isEmpty {
            cascade = invalidator.start(cause, plan.frontier, plan.removal, ticket, on: link)
        }
    }

    /// Keeps the reply until the records are made and, if so configured, the cascade is done.
    private func wait(_ held: HeldReply?) {
        guard let held else { return }
        if records.due > 0 {
            held.retain()
            self.held = held
        }
        guard let cascade, !cascade.isOver,
            invalidator.worker.settings.cascade == .beforeReply || plan.holdsReply
        else { return }
        cascade.hold(held)
        invalidator.watch(cascade)
    }

    private func startCascade(on link: Link) {
        if plan.frontier.isEmpty { return }
        var cause = cause
        var removal = plan.removal
        if !fresh.isEmpty || !intent.allKeys.isEmpty {
            cause.fresh = fresh + intent.allKeys
            let spared = Set(cause.fresh)
            if plan.frontier.steps.contains(where: { spared.contains($0.key) }) { removal = nil }
        }
        cascade = invalidator.start(cause, plan.frontier, removal, ticket, on: link)
    }
}
