import Bytes
import Commands
import Config
import EventLoop
import Naming
import RESP
import Relay

/// A write of keys that conventions speak of: its records, and the cascade that follows it.
///
/// On a link of Freshet's own identity records and computed closure ride right behind the write, in the same
/// round trip. Everywhere else they wait until the reply says that the write has happened, and the reply
/// waits for them.
final class WriteMutation: Mutation {
    private var intent: WriteIntent
    private let plan: Plan
    /// Keys of the same write that are looked at once it has happened.
    private let rest: ArraySlice<WriteIntent.Key>
    private let records: [Record]
    /// The intent, held from before the write leaves until nothing follows from it any more.
    private let ticket: IntentBook.Ticket?
    private let invalidator: Invalidator
    private var cascade: InlineCascade?
    private var hasRecorded = false
    private var recordsDue = 0
    private var held: HeldReply?

    init(
        _ intent: WriteIntent, _ plan: Plan, rest: ArraySlice<WriteIntent.Key>,
        ticket: IntentBook.Ticket?, invalidator: Invalidator
    ) {
        self.intent = intent
        self.plan = plan
        self.rest = rest
        records = Self.owesRecords(intent) ? plan.records : []
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

    override func relocate(to database: Int) { intent.database = database }

    private var cause: Cause {
        var cause = Cause(intent)
        cause.side = invalidator.side
        return cause
    }

    override func follow(on link: Link) {
        if otherDatabase != nil { return }
        record(on: link)
        if !intent.isConditional { startCascade(on: link) }
    }

    override func settle(_ verdict: ReplyVerdict?, held: HeldReply?) {
        guard let verdict else { return outcomeIsUnknown() }
        let hasChanged = intent.replyRule.changed(verdict)
        invalidator.reporter.mutated(hasChanged ? .changed : verdict.isError ? .failed : .unchanged)
        guard hasChanged else { return wait(held) }
        if let ticket { invalidator.intents?.hold(held, for: ticket) }
        let worker = invalidator.worker
        let patience = UInt64(worker.settings.cascadeDeadline.milliseconds)
        happened(held, deadline: worker.loop.nowMilliseconds + patience)
    }

    /// Counts as done: a needless miss is better than a stale value. The audit tells.
    private func outcomeIsUnknown() {
        invalidator.reporter.mutated(.unknown)
        invalidator.note(intent, rest: rest, ticket, isUnknown: true)
        let record = invalidator.reporter.unknown(cause)
        // Once more where a cascade was sent behind the write: Redis may yet run the write without it.
        var undone = plan.frontier
        undone.roots += rest.map { Frontier.Root(key: $0.name, depth: 0) }
        let lacksRecords = !(hasRecorded || records.isEmpty) || rest.contains { $0.role != .delete }
        invalidator.handOver(cause, undone, lacksRecords: lacksRecords, ticket, parent: record)
        if let otherDatabase {
            var cause = cause
            cause.database = otherDatabase
            invalidator.handOver(
                cause, plan.frontier, lacksRecords: !records.isEmpty, ticket, parent: record)
        }
    }

    /// The other database that the write reaches.
    private var otherDatabase: Int? { intent.targetDatabase == intent.database ? nil : intent.targetDatabase }

    /// Does what is owed, as far as it is not done, and keeps the reply for it.
    func happened(_ held: HeldReply?, deadline: UInt64) {
        invalidator.note(intent, ticket)
        if !rest.isEmpty { invalidator.goOn(intent, with: rest, ticket, held, deadline: deadline) }
        owe()
        wait(held)
    }

    private func owe() {
        let pool = invalidator.worker.pool
        if let otherDatabase { return arrived(in: otherDatabase, on: pool.ownLink(database: otherDatabase)) }
        if !hasRecorded || cascade == nil {
            let link = pool.ownLink(database: intent.database)
            if !hasRecorded { record(on: link) }
            if cascade == nil { startCascade(on: link) }
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
        if recordsDue > 0 {
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
        cascade = invalidator.start(cause, plan.frontier, plan.removal, ticket, on: link)
    }

    // MARK: Records

    private func record(on link: Link) {
        hasRecorded = true
        for record in records {
            recordsDue += 1
            link.sendOwn(["SADD", record.indexKey, record.member], RecordTask(self))
        }
        invalidator.reporter.recorded(records.count)
    }

    fileprivate func recordEnded(problem: String?) {
        if let problem { invalidator.recordFailed(problem) }
        recordsDue -= 1
        if recordsDue == 0 {
            held?.release()
            held = nil
        }
    }
}

/// Waits for the reply to a record's SADD.
private final class RecordTask: ReplyTask {
    private let mutation: WriteMutation

    init(_ mutation: WriteMutation) { self.mutation = mutation }

    override var delivery: Delivery { .discard }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        let problem = reply.isError ? "Redis refused a record of the index: \(reply.wordText)" : nil
        mutation.recordEnded(problem: problem)
    }

    override func lost(_ session: Session?, reason: LinkFailure) {
        mutation.recordEnded(problem: "a record of the index was lost with its link")
    }
}
