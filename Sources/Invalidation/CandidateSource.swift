import Bytes
import Hiredis
import Naming
import Relay

/// Where a cascade gets keys from, a bounded number at a time.
class CandidateSource {
    let side: EngineSide
    let database: Int
    private(set) var isExhausted = false
    private let filter: CandidateFilter

    init(side: EngineSide, database: Int, filter: CandidateFilter) {
        self.side = side
        self.database = database
        self.filter = filter
    }

    /// Finds more names; nil once there are none.
    func more(_ done: @escaping (Result<[ByteString]?, CandidateFailure>) -> Void) { done(.success(nil)) }

    /// Hands over more keys that are meant.
    func next(_ done: @escaping (Result<[ByteString], CandidateFailure>) -> Void) {
        more { [self] result in
            switch result {
            case .failure(let failure): done(.failure(failure))
            case .success(nil):
                isExhausted = true
                done(.success([]))
            case .success(let names?): filter.meant(among: names, side, database, done)
            }
        }
    }

    /// Runs a scan command and hands over its cursor and elements.
    final func scan(
        _ command: [ByteString],
        _ done: @escaping (Result<(cursor: ByteString, names: [ByteString]), CandidateFailure>) -> Void
    ) {
        side.pool.ownLink(database: database).sendOwn(
            command,
            OwnReply { result in
                guard case .success(.array(let parts)) = result, parts.count == 2,
                    let cursor = parts[0].bytes, let names = parts[1].elements
                else { return done(.failure(CandidateFailure(text: KeyScan.failure(result)))) }
                done(.success((cursor, names.compactMap(\.bytes))))
            })
    }
}

/// Why candidates could not be found.
struct CandidateFailure: Error {
    let text: String
}

/// The names of all keys that match a glob.
final class NameSource: CandidateSource {
    private let glob: ByteString
    private var cursor: ByteString? = "0"

    init(side: EngineSide, database: Int, glob: ByteString, filter: CandidateFilter) {
        self.glob = glob
        super.init(side: side, database: database, filter: filter)
    }

    override func more(_ done: @escaping (Result<[ByteString]?, CandidateFailure>) -> Void) {
        guard let cursor else { return done(.success(nil)) }
        scan(["SCAN", cursor, "MATCH", glob, "COUNT", "500"]) { [self] result in
            switch result {
            case .failure(let failure): done(.failure(failure))
            case .success(let (next, names)):
                self.cursor = next == "0" ? nil : next
                done(.success(names.filter { !Conventions.isReserved($0.span) }))
            }
        }
    }
}

/// The members of index sets, and of those of the tags below.
final class SetSource: CandidateSource {
    private var takes: [Frontier.Take]
    private var known: [ByteString]
    private var seen: Set<ByteString> = []

    init(side: EngineSide, database: Int, tags: [ByteString], filter: CandidateFilter) {
        var frontier = Frontier()
        for tag in tags { frontier.add(asked: tag, side.engine.conventions, parent: tag) }
        takes = frontier.takes
        known = frontier.steps.map(\.key)
        super.init(side: side, database: database, filter: filter)
    }

    init(side: EngineSide, database: Int, set: ByteString, filter: CandidateFilter) {
        takes = [Frontier.Take(indexKey: set, kind: .members, depth: 1, parent: "", origin: nil)]
        known = []
        super.init(side: side, database: database, filter: filter)
    }

    override func more(_ done: @escaping (Result<[ByteString]?, CandidateFailure>) -> Void) {
        if !known.isEmpty {
            let names = known
            known = []
            return done(.success(names))
        }
        var next = takes.popLast()
        while let take = next, take.cursor == "0", !seen.insert(take.indexKey).inserted {
            next = takes.popLast()
        }
        guard let take = next else { return done(.success(nil)) }
        scan(["SSCAN", take.indexKey, take.cursor, "COUNT", "500"]) { [self] result in
            switch result {
            case .failure(let failure): done(.failure(failure))
            case .success(let (next, names)):
                if next != "0" {
                    var rest = take
                    rest.cursor = next
                    takes.append(rest)
                }
                done(.success(take.kind == .children ? below(names) : names))
            }
        }
    }

    /// The keys that the names of tags tell; their sets are looked through later.
    private func below(_ tags: [ByteString]) -> [ByteString] {
        var frontier = Frontier()
        for tag in tags { frontier.add(asked: tag, side.engine.conventions, parent: tag) }
        takes += frontier.takes
        return frontier.steps.map(\.key)
    }
}
