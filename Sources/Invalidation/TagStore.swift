public import Bytes
import Hiredis
import Naming
import Relay

/// Tags that keys are given by hand, beside those that their names tell.
///
/// They lie in Redis: the key in `freshet:tag:<tag>` as any other member, and the tag in `freshet:own:<key>`,
/// from which the first is renewed should Redis lose it. A tag so given ends with its key, and with the
/// invalidation that removes it. Confined to the engine's loop.
public final class TagStore {
    public typealias Problem = CacheInvalidator.Problem

    private static let batch = 500
    private let engine: Engine
    private var conventions: Conventions { engine.conventions }

    public init(engine: Engine) { self.engine = engine }

    /// Gives `tag` to those of `keys` that exist; `done` gets how many did not carry it before.
    public func add(
        _ tag: ByteString, to keys: [ByteString], database: Int,
        done: @escaping (Result<Int, Problem>) -> Void
    ) {
        if let problem = problem(tag, keys) { return done(.failure(Problem(text: problem))) }
        change(tag, keys[...], "give", database, 0, done)
    }

    /// Takes `tag`, given by hand, from `keys`; `done` gets how many carried it.
    public func remove(
        _ tag: ByteString, from keys: [ByteString], database: Int,
        done: @escaping (Result<Int, Problem>) -> Void
    ) {
        for key in keys where conventions.facts(of: key.span).tags.contains(where: { $0.name == tag }) {
            let text = "'\(key)' carries '\(tag)' by its name, which no command changes"
            return done(.failure(Problem(text: text)))
        }
        change(tag, keys[...], "take", database, 0, done)
    }

    /// The keys that carry `tag` or a tag below it; at most `limit`.
    public func keys(
        tagged tag: ByteString, database: Int, limit: Int = Int.max,
        done: @escaping (Result<[ByteString], Problem>) -> Void
    ) {
        CacheInvalidator(engine: engine).keys(tagged: tag, database: database, limit: limit, done: done)
    }

    /// The tags of `key`: those that its name tells, then those given by hand, in order.
    public func tags(
        of key: ByteString, database: Int, done: @escaping (Result<[ByteString], Problem>) -> Void
    ) {
        let named = conventions.facts(of: key.span).tags.map(\.name)
        let pool = engine.primary.pool
        engine.primary.scripts.run(
            .given, keys: [key], arguments: [], on: pool.ownLink(database: database),
            next: { pool.ownLink(database: database) }
        ) { result in
            guard case .success(.array(let lists)) = result, let given = lists.first?.elements else {
                return done(.failure(Problem(text: KeyScan.failure(result))))
            }
            done(.success(named + given.compactMap(\.bytes).filter { !named.contains($0) }.sorted()))
        }
    }

    // MARK: Changing

    private func change(
        _ tag: ByteString, _ keys: ArraySlice<ByteString>, _ how: ByteString, _ database: Int, _ count: Int,
        _ done: @escaping (Result<Int, Problem>) -> Void
    ) {
        guard !keys.isEmpty else { return done(.success(count)) }
        let pool = engine.primary.pool
        engine.primary.scripts.run(
            .give, keys: Array(keys.prefix(Self.batch)), arguments: [tag, how],
            on: pool.ownLink(database: database), next: { pool.ownLink(database: database) }
        ) { [self] result in
            guard case .success(.integer(let changed)) = result else {
                return done(.failure(Problem(text: KeyScan.failure(result))))
            }
            change(tag, keys.dropFirst(Self.batch), how, database, count + changed, done)
        }
    }

    /// Why `tag` cannot be given to `keys`; nil when it can.
    ///
    /// A tag whose members names alone tell has no set that anybody would look into.
    private func problem(_ tag: ByteString, _ keys: [ByteString]) -> String? {
        if tag.isEmpty { return "expected the name of a tag, found nothing" }
        let facts = conventions.tag(tag)
        if facts.indexKey == nil {
            return "the members of '\(tag)' follow from its name (\(Self.line(facts))); choose another tag"
        }
        for parent in conventions.levels(above: tag) where conventions.tag(parent).subKey == nil {
            return "'\(parent)' has no tags below it (\(Self.line(conventions.tag(parent)))); choose another"
        }
        if let key = keys.first(where: { Conventions.isReserved($0.span) }) {
            return "'\(key)' is a key of the tag index"
        }
        if let key = keys.first(where: { conventions.isProtected($0.span) }) {
            return "'\(key)' is protected by proxy.conf"
        }
        return nil
    }

    private static func line(_ facts: TagFacts) -> String {
        facts.origins.first.map { "\($0.place): \($0.text)" } ?? ""
    }
}
