import Bytes
import Config
import EventLoop
import Hiredis
import Naming
import Relay

/// Walks through the keys of all databases again and again, no faster than `index-check-rate`, and asks for
/// the records that their names imply.
final class IndexWalk {
    /// Keys that one SCAN looks at.
    private static let most = 1000

    private unowned let side: EngineSide
    private var engine: Engine { side.engine }
    private var databases: [Int] = []
    private var cursor: ByteString = "0"
    private var isBusy = false
    private var hasBegun = false
    /// What was missing at the last look, to be looked at again.
    private var doubtful: [RecordCheck.Missing] = []
    private var doubtfulDatabase = 0
    private var allowance = 0.0
    private var lastMilliseconds: UInt64 = 0

    init(side: EngineSide) { self.side = side }

    /// Takes the next steps that the rate allows; `found` gets what was missing at two looks.
    func goOn(_ found: @escaping ([RecordCheck.Missing], _ database: Int) -> Void) {
        let now = engine.loop.nowMilliseconds
        let rate = Double(engine.settings.indexCheckRate)
        allowance = min(allowance + rate * Double(now - lastMilliseconds) / 1000, rate)
        lastMilliseconds = now
        guard !isBusy, side.isReachable, engine.conventions.usesIndex, rate > 0 else { return }
        isBusy = true
        lookAgain(found) { [weak self] in self?.step(found) }
    }

    private func lookAgain(
        _ found: @escaping ([RecordCheck.Missing], Int) -> Void, _ next: @escaping () -> Void
    ) {
        let (again, database) = (doubtful, doubtfulDatabase)
        doubtful = []
        guard !again.isEmpty else { return next() }
        RecordCheck(side: side, database: database, adds: false).look(at: again) { result in
            if case .success(let finding) = result, !finding.missing.isEmpty {
                found(finding.missing, database)
            }
            next()
        }
    }

    private func step(_ found: @escaping ([RecordCheck.Missing], Int) -> Void) {
        let count = min(Int(allowance), Self.most)
        guard count > 0, doubtful.isEmpty else { return isBusy = false }
        guard let database = databases.last else { return begin() }
        side.pool.ownLink(database: database).sendOwn(
            ["SCAN", cursor, "COUNT", ByteString(String(count))],
            OwnReply { [weak self] result in
                guard let self else { return }
                guard case .success(.array(let parts)) = result, parts.count == 2,
                    let next = parts[0].bytes, let elements = parts[1].elements
                else {
                    // Another Redis may order its keys otherwise: this walk has not seen all.
                    databases = []
                    hasBegun = false
                    return isBusy = false
                }
                allowance -= Double(count)
                cursor = next
                if next == "0" { databases.removeLast() }
                check(elements.compactMap(\.bytes), database) { [weak self] in self?.step(found) }
            })
    }

    private func check(_ keys: [ByteString], _ database: Int, _ next: @escaping () -> Void) {
        RecordCheck(side: side, database: database, adds: false).look(at: keys) { [weak self] result in
            if case .success(let finding) = result {
                self?.doubtful = finding.missing
                self?.doubtfulDatabase = database
            }
            next()
        }
    }

    /// Begins with the first database again.
    private func begin() {
        if hasBegun { engine.lookBegins(at: side.side) }
        hasBegun = true
        allowance = 0
        side.watch.databases { [weak self] databases in
            self?.databases = (databases ?? []).reversed()
            self?.cursor = "0"
            self?.isBusy = false
        }
    }
}
