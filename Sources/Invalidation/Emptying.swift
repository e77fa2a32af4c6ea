import Audit
import Bytes
import Config
import Hiredis
import Naming
import Relay

/// Removes every key of a database, or of all of them, that no `protect` line names.
final class Emptying {
    private let side: EngineSide
    private let work: Work
    private let started = AuditTime.now()
    private var removed = 0

    private let all: Bool

    init(side: EngineSide, _ work: Work, all: Bool) {
        self.side = side
        self.work = work
        self.all = all
    }

    /// Calls `done` with why it failed, or nil.
    func run(_ done: @escaping (String?) -> Void) {
        let engine = side.engine
        if engine.settings.mode == .observe {
            report(nil)
            return done(nil)
        }
        if engine.conventions.protectPatterns.isEmpty { return flush(done) }
        guard all else { return scan([work.cause.database], done) }
        side.watch.databases { [self] databases in
            guard let databases else { return done("INFO keyspace failed") }
            scan(databases, done)
        }
    }

    private func scan(_ databases: [Int], _ done: @escaping (String?) -> Void) {
        guard let database = databases.last else {
            report(nil)
            return done(nil)
        }
        KeyScan(side: side, database: database).forEachBatch { [self] keys, next in
            remove(keys.filter { !side.engine.conventions.isProtected($0.span) }, database, next)
        } onEnd: { [self] failure in
            guard let failure else { return scan(databases.dropLast(), done) }
            report(failure)
            done(failure)
        }
    }

    private func flush(_ done: @escaping (String?) -> Void) {
        side.pool.ownLink(database: work.cause.database).sendOwn(
            [all ? "FLUSHALL" : "FLUSHDB", "ASYNC"],
            OwnReply { [self] result in
                var failure: String?
                if case .success(.status) = result {} else { failure = KeyScan.failure(result) }
                report(failure)
                done(failure)
            })
    }

    private func remove(
        _ keys: [ByteString], _ database: Int, _ next: @escaping (String?) -> Void
    ) {
        guard !keys.isEmpty else { return next(nil) }
        side.pool.ownLink(database: database).sendOwn(
            ["UNLINK"] + keys,
            OwnReply { [self] result in
                guard case .success(.integer(let count)) = result else {
                    return next(KeyScan.failure(result))
                }
                removed += count
                next(nil)
            })
    }

    private func report(_ failure: String?) {
        var record = AuditRecord(.invalidate, at: started, parent: work.parent)
        record.command = work.cause.command.text
        record.database = all ? nil : work.cause.database
        record.cause = "every key of \(all ? "every" : "the") database: \(work.cause.note ?? "")"
        record.deleted = removed
        record.outcome = failure != nil ? .failed : side.engine.settings.mode == .observe ? .observed : .done
        record.error = failure
        side.engine.reporter.write(record)
    }
}
