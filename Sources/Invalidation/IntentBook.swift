public import Audit
import Bytes
public import EventLoop
import Relay
public import Store

/// The intents of one loop's writes: noted before anything of the writes leaves, held until what they owe is
/// done or somebody else remembers it.
///
///     WriteMutation ─► note ─► the loop is about to send: one write to the journal ─► bytes
///     cascade over, or accepted by the engine ─► release ─► noted as done, with the next write
///
/// Where the disk takes nothing the writes leave all the same: a cache that stands still helps nobody. The
/// metric, the log and the alert tell.
public final class IntentBook {
    public typealias Ticket = IntentJournal.Ticket

    /// How long an intent that is done may wait to be noted as done.
    private static let doneMilliseconds = 200
    /// How many intents wait for the audit at most.
    private static let mostUntold = 8192

    /// When to ask again for a journal's first file: at first soon, then ever more seldom.
    private static let openMilliseconds = 500...8000

    private let loop: EventLoop
    private let options: IntentJournal.Options
    private let watch: DurabilityWatch
    /// Nil while the disk has no room for one.
    private var journal: IntentJournal?
    private var missedBefore: UInt64 = 0
    /// Whether a reply waits until the intent is on the disk itself.
    private let holdsReplies: Bool
    private var held: [(batch: UInt64, reply: HeldReply)] = []
    private var syncedBatch: UInt64 = 0
    private var isTimed = false
    /// Intents whose audit record is still to be written, oldest first.
    private var untold: [(position: UInt64, ticket: Ticket)] = []
    /// Where what the intents led to is told; nil where it is not.
    public var audit: AuditLog?
    private var isClosed = false

    /// Opens a journal of the loop's own, now or when the disk takes one; `watch` is told when it fails.
    public init(loop: EventLoop, _ options: IntentJournal.Options, watch: DurabilityWatch) {
        self.loop = loop
        self.options = options
        self.watch = watch
        holdsReplies = options.durability == .always
        loop.beforeSending = { [unowned self] in write() }
        open(again: Self.openMilliseconds.lowerBound)
    }

    private func open(again milliseconds: Int) {
        if isClosed { return }
        let (place, worker, watch) = (SyncPlace(loop.mailbox), options.worker, watch)
        do throws(FileError) {
            journal = try IntentJournal(
                options, onEvent: { watch.intents($0, worker: worker) },
                onSynced: { batch, error in place.synced(batch, error) })
        } catch {
            watch.intents(.failed(reason: error.description), worker: worker)
            loop.timer(afterMilliseconds: milliseconds) { [weak self] in
                self?.open(again: min(2 * milliseconds, Self.openMilliseconds.upperBound))
            }
            return
        }
        let book = LoopBound(self, loop: loop)
        place.open { batch, error in book.value.synced(batch, error) }
        watch.intents(.recovered, worker: worker)
    }

    /// Intents that a process after this one would find: also while it is not noted that they are done.
    public var openCount: Int {
        guard let journal else { return 0 }
        return max(journal.openCount, !isClosed && journal.hasUnwritten ? 1 : 0)
    }
    public var byteCount: Int { isClosed ? 0 : journal?.byteCount ?? 0 }
    public var noted: UInt64 { journal?.noted ?? 0 }
    public var missed: UInt64 { missedBefore &+ (journal?.missed ?? 0) }
    /// How often somebody let go of an intent that nobody held any more.
    public var strayTickets: Int { journal?.strayTickets ?? 0 }

    // MARK: Intents

    /// Notes what a write of these keys will owe; nil where nothing can be noted.
    func note(_ intent: WriteIntent, and rest: ArraySlice<WriteIntent.Key>) -> Ticket? {
        if isClosed { return nil }
        guard let journal else {
            missedBefore &+= 1
            return nil
        }
        let ticket = journal.note { IntentCoder.encode(intent, and: rest, into: &$0) }
        loop.mustCallBeforeSending = true
        return ticket
    }

    /// Notes that databases, or with nil all of them, are about to be emptied or exchanged at one Redis.
    func note(
        replacing databases: [Int]?, at side: Side, _ command: ByteString, _ actor: Actor
    ) -> Ticket? {
        if isClosed { return nil }
        guard let journal else {
            missedBefore &+= 1
            return nil
        }
        let ticket = journal.note {
            IntentCoder.encode(replacing: databases, at: side, command, actor, into: &$0)
        }
        loop.mustCallBeforeSending = true
        return ticket
    }

    func retain(_ ticket: Ticket) {
        if !isClosed { journal?.retain(ticket) }
    }

    func release(_ ticket: Ticket) {
        if isClosed { return }
        journal?.release(ticket)
        if !isTimed { writeLater() }
    }

    /// Releases the ticket once all records up to now are written, so that after a crash there is either a
    /// record of what was done, or an intent that is done once more.
    func releaseWhenTold(_ ticket: Ticket) {
        if isClosed { return }
        guard let audit, case let position = audit.position, !audit.isSettled(position) else {
            return release(ticket)
        }
        // An audit that does not get on is no reason to do everything once more.
        if untold.count >= Self.mostUntold { releaseTold(atLeast: Self.mostUntold / 2) }
        untold.append((position, ticket))
        if !isTimed { writeLater() }
    }

    private func releaseTold(atLeast least: Int = 0) {
        guard !untold.isEmpty, let audit else { return }
        let count = max(least, untold.prefix { audit.isSettled($0.position) }.count)
        let told = untold.prefix(count)
        untold.removeFirst(told.count)
        for entry in told { journal?.release(entry.ticket) }
    }

    /// What releases the ticket once, from any thread.
    func releaser(_ ticket: Ticket) -> @Sendable () -> Void {
        let (mailbox, book) = (loop.mailbox, LoopBound(self, loop: loop))
        return { mailbox.post { book.value.release(ticket) } }
    }

    /// What releases all of the tickets once, from any thread.
    func releaser(_ tickets: [Ticket]) -> @Sendable () -> Void {
        let (mailbox, book) = (loop.mailbox, LoopBound(self, loop: loop))
        return { mailbox.post { for ticket in tickets { book.value.release(ticket) } } }
    }

    // MARK: Writing

    private func write() {
        guard let journal, journal.mustWrite else { return }
        releaseTold()
        if !journal.write() {
            // Who waits for a disk that takes nothing would wait for ever.
            releaseReplies(upTo: .max)
            if !isTimed { writeLater() }
        }
    }

    private func writeLater() {
        isTimed = true
        loop.timer(afterMilliseconds: Self.doneMilliseconds) { [weak self] in
            guard let self, !isClosed, let journal else { return }
            isTimed = false
            releaseTold()
            journal.write()
            if journal.isFailing || !untold.isEmpty { writeLater() }
        }
    }

    /// Keeps the reply to a write until its intent is on the disk itself, if so configured.
    func hold(_ reply: HeldReply?, for ticket: Ticket) {
        guard holdsReplies, !isClosed, let journal, !journal.isFailing, let reply else { return }
        let batch = journal.batch(of: ticket)
        guard batch > syncedBatch else { return }
        reply.retain()
        held.append((batch, reply))
    }

    private func synced(_ batch: UInt64, _ error: FileError?) {
        if isClosed { return }
        syncedBatch = max(syncedBatch, batch)
        releaseReplies(upTo: batch)
        if let error { journal?.syncFailed(error) }
    }

    private func releaseReplies(upTo batch: UInt64) {
        if held.isEmpty { return }
        let ready = held.prefix { $0.batch <= batch }
        held.removeFirst(ready.count)
        for entry in ready { entry.reply.release() }
    }

    /// Writes what has gathered and lets go of the files; what is still open is left for the next process.
    public func close() {
        if isClosed { return }
        releaseReplies(upTo: .max)
        releaseTold(atLeast: untold.count)
        journal?.close()
        isClosed = true
    }
}
