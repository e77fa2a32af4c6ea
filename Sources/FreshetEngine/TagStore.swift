public import Bytes
import Invalidation

/// Tags that keys are given by hand, beside those that their names tell.
///
/// Such a tag lives in Redis, as long as its key. It goes with the invalidation that removes the key.
public struct TagStore: Sendable {
    let door: Engine.Door

    public typealias Failure = CacheInvalidator.Failure

    /// Gives `tag` to those of `keys` that exist and returns how many did not carry it before.
    @discardableResult
    public func add(tag: ByteString, to keys: [ByteString], database: Int = 0) async throws(Failure) -> Int {
        try await ask { tags, done in tags.add(tag, to: keys, database: database, done: done) }
    }

    /// Takes `tag` from `keys` and returns how many carried it; a tag that a name tells cannot be taken.
    @discardableResult
    public func remove(
        tag: ByteString, from keys: [ByteString], database: Int = 0
    ) async throws(Failure) -> Int {
        try await ask { tags, done in tags.remove(tag, from: keys, database: database, done: done) }
    }

    /// The keys that carry `tag` or one below it, in order.
    public func keys(
        tagged tag: ByteString, database: Int = 0, limit: Int = Int.max
    ) async throws(Failure) -> [ByteString] {
        try await ask { tags, done in tags.keys(tagged: tag, database: database, limit: limit, done: done) }
    }

    /// The tags of `key`: those that its name tells, then those given by hand.
    public func tags(of key: ByteString, database: Int = 0) async throws(Failure) -> [ByteString] {
        try await ask { tags, done in tags.tags(of: key, database: database, done: done) }
    }

    private func ask<Value: Sendable>(
        _ body:
            @escaping @Sendable (
                EngineTagStore, @escaping (Result<Value, EngineTagStore.Problem>) -> Void
            ) -> Void
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await door.ask { engine, done in
            body(EngineTagStore(engine: engine)) { result in
                done(result.mapError { Failure(description: $0.text) })
            }
        }
        return try result.get()
    }
}
