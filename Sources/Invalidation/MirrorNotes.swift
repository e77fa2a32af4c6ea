import Bytes
import EventLoop
import Relay

/// Keys that one loop's writes have changed, gathered in a tick for the other Redis.
///
/// They are handed over at the end of the tick, before replies leave, so that the engine knows of a change no
/// later than the client does.
final class MirrorNotes {
    /// What changed at one Redis.
    struct Batch: Sendable {
        /// Where.
        var side: Side
        /// By database.
        var changed: [Int: Set<ByteString>] = [:]
        /// Whether they changed nobody knows: the reply never came. By database.
        var unknown: [Int: Set<ByteString>] = [:]
        /// Databases that hold other keys than before.
        var replaced: Set<Int> = []
        var replacedAll = false
        /// Called when a crash cannot lose it any more.
        var accepted: (@Sendable () -> Void)?

        var isEmpty: Bool { changed.isEmpty && unknown.isEmpty && replaced.isEmpty && !replacedAll }
    }

    private let loop: EventLoop
    private let engine: Engine.Door
    private var batch = Batch(side: .primary)
    private var isDue = false
    /// The intents of what was gathered, held until the engine's queue remembers it.
    private var tickets: [IntentBook.Ticket] = []
    /// Where they are noted; nil where they are not.
    var intents: IntentBook?

    init(loop: EventLoop, engine: Engine.Door) {
        self.loop = loop
        self.engine = engine
    }

    func changed(
        _ keys: ArraySlice<WriteIntent.Key>, in database: Int, at side: Side, isUnknown: Bool
    ) {
        if keys.isEmpty { return }
        begin(at: side)
        if isUnknown {
            for key in keys { batch.unknown[database, default: []].insert(key.name) }
        } else {
            for key in keys { batch.changed[database, default: []].insert(key.name) }
        }
    }

    /// Holds the intent of a write whose keys were given.
    func hold(_ ticket: IntentBook.Ticket) {
        guard let intents, !batch.isEmpty else { return }
        intents.retain(ticket)
        tickets.append(ticket)
    }

    func replaced(_ databases: [Int]?, at side: Side) {
        begin(at: side)
        if let databases { batch.replaced.formUnion(databases) } else { batch.replacedAll = true }
    }

    private func begin(at side: Side) {
        if side != batch.side {
            tell()
            batch.side = side
        }
        guard !isDue else { return }
        isDue = true
        loop.atTickEnd { [weak self] in self?.tell() }
    }

    /// Hands over what was gathered.
    func tell() {
        isDue = false
        guard !batch.isEmpty else { return }
        var told = batch
        batch = Batch(side: told.side)
        if let intents, !tickets.isEmpty {
            told.accepted = intents.releaser(tickets)
            tickets = []
        }
        engine.post { [told] in $0.mirror?.take(told) }
    }
}
