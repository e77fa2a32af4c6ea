import Hiredis
import Audit
import Bytes
import EventLoop
import Logging
import Metrics
import Naming
import Relay

/// Rebuilds the index from the names of all keys.
///
/// The index is an accelerator; the names are the truth. A pass adds every record that the names imply, in
/// every database that has keys, within `reconcile-rate`. When it has ended and nothing new went wrong
/// meanwhile, the index is trusted.
///
/// A key whose record had to be added may have missed an invalidation: where a cascade has relied on that
/// index set while it was trusted, the key is invalidated now.
public final class Reconciler {
    private unowned let side: EngineSide
    private var engine: Engine { side.engine }
    private var scan: KeyScan?
    private var databases: [Int] = []
    private var generation = 0
    private var isRunning = false
    private var counts = Counts()
    private var started = AuditTime.now()
    private var failures = FailureLog()
    /// Index sets on which cascades may have relied wrongly.
    private var consulted = ConsultedSets.Excerpt()
    /// Whether what is missing was never there, so that nothing was relied on.
    private var addsNewRecords = false
    private var waiting: [(Counts, String?) -> Void] = []
    /// Passes completed.
    public private(set) var passes = 0

    /// What a pass has seen and done.
    public struct Counts: Sendable {
        public var keys = 0
        /// Records that names imply, and those of them that were not there.
        public var records = 0, added = 0
        /// Keys that were invalidated, since they may have missed it.
        public var repaired = 0
    }

    init(side: EngineSide) { self.side = side }

    /// Begins a pass if the index is suspect and none is running.
    public func startIfNeeded() {
        engine.measureIndex()
        if let since = side.health.takeEpisode() { side.becameSuspect(since: since) }
        guard side.health.isSuspect, !isRunning, side.isReachable, !failures.rests(now) else { return }
        isRunning = true
        generation = side.health.generation
        counts = Counts()
        started = .now()
        let begin = { [weak self] (excerpt: ConsultedSets.Excerpt) in
            guard let self else { return }
            consulted = excerpt
            askForDatabases()
        }
        if addsNewRecords { return begin(ConsultedSets.Excerpt()) }
        engine.consulted(at: side.side, since: .max, begin)
    }

    private func askForDatabases() {
        side.watch.databases { [weak self] databases in
            guard let self else { return }
            guard let databases else { return ended("INFO keyspace failed") }
            self.databases = databases
            nextDatabase()
        }
    }

    /// Begins a pass without waiting for the next attempt, since what kept it from its end may be over.
    func startAgain() {
        failures.forget()
        startIfNeeded()
    }

    /// New conventions may ask for records that were never made.
    func expectNewRecords() { addsNewRecords = true }

    /// Rebuilds the index now; `done` is told when a pass that began later has ended.
    func rebuild(_ reason: String, _ done: @escaping (Counts, String?) -> Void) {
        waiting.append(done)
        side.health.suspect(reason, since: now)
        startAgain()
    }

    func stop() { scan?.stop() }

    private var now: UInt64 { engine.loop.nowMilliseconds }

    private func nextDatabase() {
        guard let database = databases.popLast() else { return ended(nil) }
        let scan = KeyScan(side: side, database: database)
        self.scan = scan
        scan.forEachBatch { [weak self] keys, done in
            self?.record(keys, database, done)
        } onEnd: { [weak self] failure in
            guard let self else { return }
            if let failure { ended(failure) } else { nextDatabase() }
        }
    }

    // MARK: Records

    /// Adds the records of a batch of keys and waits for Redis to have them.
    private func record(_ batch: [ByteString], _ database: Int, _ done: @escaping (String?) -> Void) {
        counts.keys += batch.count
        RecordCheck(side: side, database: database, adds: true).look(at: batch) { [weak self] result in
            guard let self else { return }
            switch result {
            case .failure(let failure): done(failure.text)
            case .success(let finding):
                if finding.expected > 0 { side.indexWatch.recorded(in: database) }
                counts.records += finding.expected
                counts.added += finding.added
                invalidate(finding.missing, database)
                renew(batch.filter { IndexKey.owner(ofOwn: $0) != nil }, database, done)
            }
        }
    }

    /// Tags given by hand follow from no name: their own sets tell them.
    private func renew(_ given: [ByteString], _ database: Int, _ done: @escaping (String?) -> Void) {
        guard !given.isEmpty else { return done(nil) }
        side.pool.ownLink(database: database).sendOwn(
            ["EVAL", IndexScript.renew.source, ByteString(String(given.count))] + given,
            OwnReply { [weak self] result in
                guard let self, case .success(.array(let parts)) = result, parts.count == 2,
                    let count = parts[0].count(atMost: 1 << 32),
                    let added = parts[1].elements?.compactMap(\.bytes)
                else { return done(KeyScan.failure(result)) }
                counts.records += count
                let missing = stride(from: 0, to: added.count - 1, by: 2).map { start in
                    let (key, tag) = (added[start], added[start + 1])
                    return RecordCheck.Missing(
                        key: key, record: Record(indexKey: IndexKey.members(of: tag), member: key))
                }
                counts.added += missing.count
                invalidate(missing, database)
                done(nil)
            })
    }

    /// Adds records that were found to be missing outside a pass.
    func repair(_ missing: [RecordCheck.Missing], _ database: Int) {
        engine.consulted(at: side.side, since: .max) { [weak self] excerpt in
            guard let self else { return }
            RecordCheck(side: side, database: database, adds: true).look(at: missing) { [weak self] result in
                guard let self, case .success(let finding) = result else { return }
                if !isRunning { consulted = excerpt }
                invalidate(finding.missing, database)
            }
        }
    }

    /// Invalidates the keys that may have missed an invalidation.
    private func invalidate(_ missing: [RecordCheck.Missing], _ database: Int) {
        var frontier = Frontier()
        for lost in missing {
            let set = lost.record.indexKey
            let place = ConsultedSets.Place(side: side.side, database: database, indexKey: set)
            guard consulted.mayContain(place) else { continue }
            counts.repaired += 1
            if lost.record.member == lost.key {
                frontier.steps.append(Frontier.Step(key: lost.key, depth: 1, parent: set, origin: nil))
                frontier.roots.append(Frontier.Root(key: lost.key, depth: 1))
            } else {
                frontier.add(
                    tag: lost.record.member, engine.conventions, depth: 1, parent: set, origin: nil)
            }
        }
        guard !frontier.isEmpty else { return }
        engine.metrics.counter(.indexRepeated).add(UInt64(frontier.steps.count))
        let cause = engine.repeatCause(database, side.side)
        engine.enqueue(Work(.finish(frontier), cause, parent: nil, side: side.side))
    }

    // MARK: The end

    private func ended(_ failure: String?) {
        isRunning = false
        scan = nil
        let milliseconds = (AuditTime.now().monotonicNanoseconds &- started.monotonicNanoseconds) / 1_000_000
        if let failure {
            failures.failed(now)
            report(failure)
        } else {
            failures.forget()
            addsNewRecords = false
            passes += 1
            side.health.rebuilt(generation)
            side.indexWatch.rebuilt(milliseconds: UInt64(max(0, milliseconds)))
            report(nil)
        }
        engine.measureIndex()
        tellWhoWaits(failure)
        guard side.health.isSuspect else { return }
        engine.loop.timer(afterMilliseconds: failures.waitMilliseconds) { [weak self] in
            self?.startIfNeeded()
        }
    }

    private func tellWhoWaits(_ failure: String?) {
        guard failure != nil || !side.health.isSuspect else { return }
        let told = waiting
        waiting = []
        for body in told { body(counts, failure) }
    }

    private func report(_ failure: String?) {
        var record = AuditRecord(.reconcile, at: started)
        record.cause =
            "the index was compared with the names of all keys: \(counts.records) records for "
            + "\(counts.keys) keys, \(counts.added) added, \(counts.repaired) keys invalidated"
        record.count = UInt64(counts.keys)
        record.outcome = failure == nil ? .done : .failed
        record.error = failure
        let nanoseconds = AuditTime.now().monotonicNanoseconds &- started.monotonicNanoseconds
        record.durationMicroseconds = Int(nanoseconds / 1000)
        engine.reporter.write(record)
        if let failure {
            guard let count = failures.countToTell(now) else { return }
            engine.log.warning(
                "rebuilding the index failed", metadata: ["reason": "\(failure)", "times": "\(count)"])
        } else {
            engine.log.info(
                "index rebuilt",
                metadata: [
                    "keys": "\(counts.keys)", "records": "\(counts.records)", "added": "\(counts.added)",
                ])
        }
    }
}
