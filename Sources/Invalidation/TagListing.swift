import Bytes
import Hiredis
import Naming
import Relay

/// Finds the keys that carry a tag or one below it, without changing anything.
final class TagListing {
    private let side: EngineSide
    private let database: Int
    private let limit: Int
    private let source: SetSource
    private var seen: Set<ByteString> = []
    private var found: [ByteString] = []
    private let done: (Result<[ByteString], CacheInvalidator.Problem>) -> Void

    init(
        engine: Engine, database: Int, limit: Int, tag: ByteString,
        done: @escaping (Result<[ByteString], CacheInvalidator.Problem>) -> Void
    ) {
        side = engine.primary
        self.database = database
        self.limit = limit
        source = SetSource(side: side, database: database, tags: [tag], filter: .all)
        self.done = done
    }

    func next() {
        guard found.count < limit, !source.isExhausted else {
            return done(.success(Array(found.prefix(limit)).sorted()))
        }
        source.next { [self] result in
            switch result {
            case .failure(let failure): done(.failure(CacheInvalidator.Problem(text: failure.text)))
            case .success(let keys): keepExisting(keys.filter { seen.insert($0).inserted })
            }
        }
    }

    /// The index may name keys that have expired: only those that exist carry the tag.
    private func keepExisting(_ names: [ByteString]) {
        guard !names.isEmpty else { return next() }
        let link = side.pool.ownLink(database: database)
        var outstanding = names.count
        for name in names {
            link.sendOwn(
                ["EXISTS", name],
                OwnReply { [self] result in
                    if case .success(.integer(1)) = result { found.append(name) }
                    outstanding -= 1
                    if outstanding == 0 { next() }
                })
        }
    }
}
