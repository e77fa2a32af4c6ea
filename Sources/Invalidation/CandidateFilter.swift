import Bytes
import Hiredis
import Naming
import Relay

/// Decides which of some keys a request means.
enum CandidateFilter {
    case all
    case pattern(KeyPattern)
    case expression(TagExpression, Conventions)

    /// Hands over those of `names` that are meant.
    ///
    /// A name tells the tags that conventions give it; Redis is asked for those given by hand where that
    /// could matter: always, where a tag may exclude a key.
    func meant(
        among names: [ByteString], _ side: EngineSide, _ database: Int,
        _ done: @escaping (Result<[ByteString], CandidateFailure>) -> Void
    ) {
        switch self {
        case .all: done(.success(names))
        case .pattern(let pattern): done(.success(names.filter(pattern.matches)))
        case .expression(let expression, let conventions):
            var meant: [ByteString] = []
            var doubtful: [(key: ByteString, tags: [ByteString])] = []
            for key in names {
                let tags = conventions.facts(of: key.span).tags.map(\.name)
                if !expression.excludes, Self.holds(expression, tags) {
                    meant.append(key)
                } else {
                    doubtful.append((key, tags))
                }
            }
            Self.ask(doubtful, expression, side, database, meant, done)
        }
    }

    static func holds(_ expression: TagExpression, _ tags: [ByteString]) -> Bool {
        expression.holds { wanted in tags.contains { TagExpression.isAtOrBelow($0, wanted) } }
    }

    /// Asks Redis for the tags that keys were given by hand.
    private static func ask(
        _ doubtful: [(key: ByteString, tags: [ByteString])], _ expression: TagExpression, _ side: EngineSide,
        _ database: Int, _ meant: [ByteString],
        _ done: @escaping (Result<[ByteString], CandidateFailure>) -> Void
    ) {
        guard !doubtful.isEmpty else { return done(.success(meant)) }
        side.scripts.run(
            .given, keys: doubtful.map(\.key), arguments: [],
            on: side.pool.ownLink(database: database),
            next: { side.pool.ownLink(database: database) }
        ) { result in
            guard case .success(.array(let lists)) = result, lists.count == doubtful.count else {
                return done(.failure(CandidateFailure(text: KeyScan.failure(result))))
            }
            var meant = meant
            for (candidate, given) in zip(doubtful, lists) {
                let tags = (given.elements ?? []).compactMap(\.bytes)
                if holds(expression, candidate.tags + tags) { meant.append(candidate.key) }
            }
            done(.success(meant))
        }
    }
}
