import Audit
import Bytes
import EventLoop
import Metrics
import Naming
import Store

/// Finishes what processes that were killed have left in their journals.
///
/// It looks for journals of dead owners when this process comes to own the state directory, and from time to
/// time after that, for a process beside it may die as well. What it finds goes to the engine some hundred
/// pieces at a time; a journal is removed when the engine has accepted all of it. Confined to the engine's
/// loop.
public final class IntentRecovery {
    /// Pieces of work that the engine is given before it has accepted others.
    private static let window = 256
    private static let lookMilliseconds = 2000

    private final class Adopted {
        let journal: AbandonedJournals.Journal
        var left: Int

        init(_ journal: AbandonedJournals.Journal, left: Int) {
            self.journal = journal
            self.left = left
        }
    }

    private unowned let engine: Engine
    private let directory: String
    private let watch: DurabilityWatch
    private var waiting: [(found: IntentCoder.Found, database: Int, of: Adopted)] = []
    private var outstanding = 0
    private var isStarted = false

    public init(engine: Engine, directory: String, watch: DurabilityWatch) {
        self.engine = engine
        engine.recoveryIsDue = true
        self.directory = directory
        self.watch = watch
        // Until it has been looked, something may be left to do.
        engine.metrics.gauge(.recoveryPending).set(1)
    }

    /// This process owns the state directory.
    public func start() {
        guard !isStarted else { return }
        isStarted = true
        look()
        engine.loop.timer(
            afterMilliseconds: Self.lookMilliseconds, everyMilliseconds: Self.lookMilliseconds
        ) { [weak self] in
            self?.look()
        }
    }

    /// What has been found and is not accepted by the engine yet.
    public var pending: Int { waiting.count + outstanding }

    private func look() {
        let (journals, problems) = AbandonedJournals.adopt(in: directory)
        var count = 0
        var damaged = 0
        for journal in journals {
            damaged += journal.damagedBytes
            count += adopt(journal, &damaged)
        }
        // What cannot be read may have been anything.
        if damaged > 0 { engine.lost("a part of a journal of intents") }
        engine.metrics.counter(.intentsAdopted).add(UInt64(count))
        watch.adopted(intents: count, damagedBytes: damaged, problems: problems)
        // Records of the index may have been lost between a write and its SADD.
        if !journals.isEmpty, engine.conventions.usesIndex {
            engine.primary.indexMayLackRecords("a process ended without an orderly stop")
        }
        feed()
    }

    private func adopt(_ journal: AbandonedJournals.Journal, _ damaged: inout Int) -> Int {
        var seen: Set<IntentCoder.Found> = []
        var found: [IntentCoder.Found] = []
        for intent in journal.intents {
            guard let known = IntentCoder.decode(intent) else {
                damaged += intent.count
                continue
            }
            if seen.insert(known).inserted { found.append(known) }
        }
        let pieces = found.flatMap { found in found.databases.map { (found, $0) } }
        guard !pieces.isEmpty else {
            journal.remove()
            return 0
        }
        let adopted = Adopted(journal, left: pieces.count)
        waiting += pieces.map { ($0.0, $0.1, adopted) }
        return found.count
    }

    private func feed() {
        while outstanding < Self.window, !waiting.isEmpty {
            let (found, database, adopted) = waiting.removeLast()
            outstanding += 1
            if let side = found.replacedAt {
                empty(database, side.other, all: found.replacesAll, adopted)
                continue
            }
            var frontier = Frontier()
            frontier.roots = found.keys.map { Frontier.Root(key: $0, depth: 0) }
            let (mailbox, place) = (engine.loop.mailbox, LoopBound((self, adopted), loop: engine.loop))
            var work = Work(.finish(frontier), found.cause(in: database), parent: nil)
            work.onAccepted = [{ mailbox.post { place.value.0.accepted(place.value.1) } }]
            engine.finish(work, mayComeLate: true)
            for var copy in engine.copies(of: found.keys, database) {
                outstanding += 1
                adopted.left += 1
                copy.onAccepted = work.onAccepted
                engine.enqueue(copy)
            }
        }
        if isStarted { engine.recoveryIsDue = pending > 0 }
        engine.metrics.gauge(.recoveryPending).set(pending)
    }

    /// Empties at one Redis what may have been emptied or exchanged at the other.
    private func empty(_ database: Int, _ side: Side, all: Bool, _ adopted: Adopted) {
        var work = Mirror.emptying(database, side, all: all)
        let (mailbox, place) = (engine.loop.mailbox, LoopBound((self, adopted), loop: engine.loop))
        work.onAccepted = [{ mailbox.post { place.value.0.accepted(place.value.1) } }]
        // Without a second Redis there are no copies.
        if engine.fallback == nil { work.accept() } else { engine.enqueue(work) }
    }

    private func accepted(_ adopted: Adopted) {
        outstanding -= 1
        adopted.left -= 1
        if adopted.left == 0 { adopted.journal.remove() }
        feed()
    }
}
