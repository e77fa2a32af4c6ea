import Bytes
import Config
import EventLoop
import Hiredis
import Logging
import Metrics
import Naming
import Relay

/// Notices by itself when the index of one Redis has lost sets or members.
///
/// With every probe it looks whether the *marks* are there: keys beside the index sets, one of each kind and
/// database, that go with them when somebody deletes them all. And it walks through all keys, so many a
/// second, and asks for their records: one that lacks at two looks was lost.
final class IndexWatch {
    /// A loss that the walk finds begins a rebuild no more often than this times the length of the last one;
    /// what it finds otherwise it repairs itself.
    private static let rest: UInt64 = 10
    private static let shortestRest: UInt64 = 30_000

    private unowned let side: EngineSide
    private var engine: Engine { side.engine }
    /// What the marks of each database say.
    private var marks: [Int: [ByteString]] = [:]
    /// Databases in which something was recorded.
    private var databases: Set<Int> = []
    private var walk: IndexWalk
    private var restsUntil: UInt64 = 0

    init(side: EngineSide) {
        self.side = side
        walk = IndexWalk(side: side)
    }

    /// Something was recorded there.
    func recorded(in database: Int) { databases.insert(database) }

    /// Looks at the marks, and hands over whether all are as they were; then the walk goes on.
    func look(_ done: @escaping (_ isWhole: Bool) -> Void) {
        guard !databases.isEmpty else {
            goOn()
            return done(true)
        }
        var left = databases.count
        var isWhole = true
        for database in databases {
            look(at: database) { [weak self] isSame in
                if !isSame { isWhole = false }
                left -= 1
                guard left == 0 else { return }
                done(isWhole)
                self?.goOn()
            }
        }
    }

    private func look(at database: Int, _ done: @escaping (Bool) -> Void) {
        mark(database, anew: false) { [weak self] epochs in
            // A Redis that refuses says nothing about its index.
            guard let self, let epochs else { return done(true) }
            let known = marks.updateValue(epochs, forKey: database)
            done(known == nil || known == epochs)
        }
    }

    private func mark(_ database: Int, anew: Bool, _ done: @escaping ([ByteString]?) -> Void) {
        let fresh = ByteString(String(UInt64.random(in: .min ... .max), radix: 36))
        let pool = side.pool
        side.scripts.run(
            .mark, keys: IndexKey.marks, arguments: [fresh, anew ? "1" : "0"],
            on: pool.ownLink(database: database), next: { pool.ownLink(database: database) }
        ) { result in
            guard case .success(.array(let parts)) = result else { return done(nil) }
            done(parts.compactMap(\.bytes))
        }
    }

    private func goOn() {
        walk.goOn { [weak self] missing, database in self?.found(missing, database) }
    }

    /// Takes records that were missing at two looks.
    private func found(_ missing: [RecordCheck.Missing], _ database: Int) {
        recorded(in: database)
        engine.metrics.counter(.indexLostRecords).add(UInt64(missing.count))
        guard !side.health.isSuspect else { return }
        let now = engine.loop.nowMilliseconds
        guard now >= restsUntil else { return side.reconciler.repair(missing, database) }
        engine.log.warning(
            "the index lacks records of keys that are there",
            metadata: ["side": "\(side.side.rawValue)", "records": "\(missing.count)"])
        // Other proxies are told by the marks.
        mark(database, anew: true) { [weak self] epochs in
            if let epochs { self?.marks[database] = epochs }
        }
        restsUntil = .max
        side.indexMayLackRecords("records of keys that are there were missing")
    }

    /// The index was compared with all names, which took so long.
    func rebuilt(milliseconds: UInt64) {
        let now = engine.loop.nowMilliseconds
        restsUntil = now + max(Self.shortestRest, Self.rest * milliseconds)
    }
}
