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
public final class Reconciler {
    private unowned let side: EngineSide
    private var engine: Engine { side.engine }
    private var scan: KeyScan?
    private var databases: [Int] = []
    private var generation = 0
    private var isRunning = false
    private var keys = 0
    private var records = 0
    private var started = AuditTime.now()
    private var failures = FailureLog()
    /// Passes completed.
    public private(set) var passes = 0

    init(side: EngineSide) { self.side = side }

    /// Begins a pass if the index is suspect and none is running.
    public func startIfNeeded() {
        engine.measureIndex()
        guard side.health.isSuspect, !isRunning, side.isReachable, !failures.rests(now) else { return }
        isRunning = true
        generation = side.health.generation
        keys = 0
        records = 0
        started = .now()
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

    /// Adds the records of a batch of keys and waits for Redis to have them.
    private func record(_ batch: [ByteString], _ database: Int, _ done: @escaping (String?) -> Void) {
        var sets: [ByteString: [ByteString]] = [:]
        for key in batch where !Conventions.isReserved(key.span) && engine.conventions.concerns(key.span) {
            for record in engine.conventions.facts(of: key.span).records {
                sets[record.indexKey, default: []].append(record.member)
                records += 1
            }
        }
        keys += batch.count
        let given = batch.filter { IndexKey.owner(ofOwn: $0) != nil }
        if !given.isEmpty { return renew(given, sets, database, done) }
        add(sets, database, done)
    }

    /// Tags given by hand follow from no name: their own sets tell them.
    private func renew(
        _ given: [ByteString], _ sets: [ByteString: [ByteString]], _ database: Int,
        _ done: @escaping (String?) -> Void
    ) {
        side.pool.ownLink(database: database).sendOwn(
            ["EVAL", IndexScript.renew.source, ByteString(String(given.count))] + given,
            OwnReply { [weak self] result in
                guard let self, case .success(.integer(let count)) = result else {
                    return done(KeyScan.failure(result))
                }
                records += count
                add(sets, database, done)
            })
    }

    private func add(
        _ sets: [ByteString: [ByteString]], _ database: Int, _ done: @escaping (String?) -> Void
    ) {
        guard !sets.isEmpty else { return done(nil) }
        let link = side.pool.ownLink(database: database)
        var outstanding = sets.count
        var failure: String?
        for (indexKey, members) in sets {
            link.sendOwn(
                ["SADD", indexKey] + members,
                OwnReply { result in
                    if case .success(.integer) = result {} else { failure = KeyScan.failure(result) }
                    outstanding -= 1
                    if outstanding == 0 { done(failure) }
                })
        }
    }

    private func ended(_ failure: String?) {
        isRunning = false
        scan = nil
        if let failure {
            failures.failed(now)
            report(failure)
        } else {
            failures.forget()
            passes += 1
            side.health.rebuilt(generation)
            report(nil)
        }
        engine.measureIndex()
        if side.health.isSuspect {
            engine.loop.timer(afterMilliseconds: failures.waitMilliseconds) { [weak self] in
                self?.startIfNeeded()
            }
        }
    }

    private func report(_ failure: String?) {
        var record = AuditRecord(.reconcile, at: started)
        record.cause =
            "the index was compared with the names of all keys: \(records) records for \(keys) keys"
        record.count = UInt64(keys)
        record.outcome = failure == nil ? .done : .failed
        record.error = failure
        let nanoseconds = AuditTime.now().monotonicNanoseconds &- started.monotonicNanoseconds
        record.durationMicroseconds = Int(nanoseconds / 1000)
        engine.reporter.write(record)
        if let failure {
            guard let count = failures.countToTell(now) else { return }
            engine.log.warning(
                "rebuilding the index failed",
                metadata: ["reason": "\(failure)", "times": "\(count)"])
        } else {
            engine.log.info("index rebuilt", metadata: ["keys": "\(keys)", "records": "\(records)"])
        }
    }
}
