public import Bytes
import Config
import Invalidation

/// The one door for everything that is to be invalidated: by key, tag, pattern, expression of tags, or all
/// that depends on a key.
///
/// An accepted invalidation happens, late if it must: where Redis is away or refuses for now, the answer
/// comes without waiting for it, with `Invalidation.isQueued`.
public struct CacheInvalidator: Sendable {
    let door: Engine.Door

    /// What was invalidated.
    public struct Invalidation: Sendable, Equatable {
        /// Keys that Redis removed, or softened; in a dry run those that it would have.
        public var deleted: Int
        /// Keys that were found to be stale, there or not.
        public var reached: Int
        /// How many steps from what was asked for.
        public var depth: Int
        /// The number of the work that does the rest; nil when all is done.
        public var work: Int64?
        /// Whether it could not be done at once.
        public var isQueued: Bool { work != nil }
    }

    /// Why something was not invalidated.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// How an invalidation is done.
    public struct Options: Sendable {
        public var database = 0
        /// Nothing is removed, only found.
        public var isDryRun = false
        /// Keys expire within this time, each at a moment of its own, instead of being removed now.
        public var softly = Duration.zero
        /// The work is spread over this time.
        public var over = Duration.zero
        /// A pattern may match every key.
        public var isForced = false

        public init(database: Int = 0, isDryRun: Bool = false) {
            self.database = database
            self.isDryRun = isDryRun
        }
    }

    /// Removes a key and everything that depends on it.
    @discardableResult
    public func invalidate(
        key: ByteString, _ options: Options = Options()
    ) async throws(Failure) -> Invalidation {
        try await invalidate(.keys([key]), options)
    }

    /// Removes every key that carries the tag or one below it, and everything that depends on those.
    @discardableResult
    public func invalidate(
        tag: ByteString, _ options: Options = Options()
    ) async throws(Failure) -> Invalidation {
        try await invalidate(.tags([tag]), options)
    }

    /// Removes every key whose name matches a pattern of proxy.conf's language, and what depends on those.
    ///
    /// A pattern without a literal is refused unless `isForced`.
    @discardableResult
    public func invalidate(
        pattern: ByteString, _ options: Options = Options()
    ) async throws(Failure) -> Invalidation {
        try await invalidate(.pattern(pattern), options)
    }

    /// Removes every key whose tags fit: `tag:sale & (tag:shoes | tag:pages/en)`.
    @discardableResult
    public func invalidate(
        expression: ByteString, _ options: Options = Options()
    ) async throws(Failure) -> Invalidation {
        try await invalidate(.expression(expression), options)
    }

    /// Removes everything that depends on a key, and the key itself if asked to.
    @discardableResult
    public func invalidate(
        relatedTo key: ByteString, includingKey: Bool = false, _ options: Options = Options()
    ) async throws(Failure) -> Invalidation {
        try await invalidate(includingKey ? .keys([key]) : .related([key]), options)
    }

    /// Lets keys expire after a time.
    @discardableResult
    public func setTTL(
        _ time: Duration, for keys: [ByteString], _ options: Options = Options()
    ) async throws(Failure) -> Invalidation {
        try await invalidate(.timeToLive(keys, milliseconds: max(1, Self.milliseconds(time))), options)
    }

    /// Accepts the invalidation of a tag, to be done in the background, and returns its number.
    public func submit(tag: ByteString, _ options: Options = Options()) async throws(Failure) -> Int64 {
        let request = Self.request(.tags([tag]), options)
        let result: Result<Int64, Failure> = await door.ask { engine, done in
            Invalidator(engine: engine).submit(request) { result in
                done(result.mapError { Failure(description: $0.text) })
            }
        }
        return try result.get()
    }

    // MARK: Rules

    /// Adds a rule in the grammar of proxy.conf, `NAME on PATTERN invalidate TARGET...`, or replaces one of
    /// that name which was added before.
    ///
    /// This engine follows it, and nobody else: to proxies it is told with `FRESHET RULE SET`. In a dry run
    /// it is only checked.
    public func add(rule: ByteString, isDryRun: Bool = false) async throws(Failure) {
        let words: [ByteString]
        do throws(RuleBook.Refusal) {
            words = try RuleBook.words([rule])
        } catch {
            throw Failure(description: error.text)
        }
        try await change(.set(words), isDryRun)
    }

    /// Removes a rule that was added before.
    public func remove(rule name: String, isDryRun: Bool = false) async throws(Failure) {
        try await change(.delete(name), isDryRun)
    }

    private func change(_ change: RuleService.Change, _ isDryRun: Bool) async throws(Failure) {
        let problem: String? = await door.ask { engine, done in
            guard let rules = engine.rules else { return done("this engine has no rules of its own") }
            if isDryRun { return done(rules.refusal(change)) }
            rules.change(change, nil) { outcome in
                if case .failure(let refusal) = outcome { done(refusal.text) } else { done(nil) }
            }
        }
        if let problem { throw Failure(description: problem) }
    }

    // MARK: Work in the background

    /// How far work is that was accepted.
    public struct Progress: Sendable {
        /// `pending`, `running`, `paused`, `retrying`, …; at last `done` or `failed`.
        public var state: String
        /// Keys reached so far.
        public var reached: Int
        /// How many it will be, where that is known.
        public var expected: Int?
    }

    /// How far the work is; nil where there is none of this number.
    public func progress(of work: Int64) async -> Progress? {
        await door.ask { engine, done in
            Invalidator(engine: engine).progress(work) { progress in
                done(progress.map { Progress(state: $0.state, reached: $0.reached, expected: $0.expected) })
            }
        }
    }

    /// Sets work aside until it is resumed; false where that is not possible.
    @discardableResult
    public func pause(_ work: Int64) async -> Bool {
        await door.ask { engine, done in engine.pauseWork(work, actor: nil) { done($0 == .done) } }
    }

    /// Lets paused work go on; false where that is not possible.
    @discardableResult
    public func resume(_ work: Int64) async -> Bool {
        await door.ask { engine, done in engine.resumeWork(work, actor: nil) { done($0 == .done) } }
    }

    /// Gives work up: what it has not removed stays, and is found by its tags as before.
    @discardableResult
    public func cancel(_ work: Int64) async -> Bool {
        await door.ask { engine, done in engine.cancelWork(work, actor: nil) { done($0 == .done) } }
    }

    // MARK: Requests

    private typealias Invalidator = FreshetEngine.EngineInvalidator

    private func invalidate(
        _ subject: InvalidationRequest.Subject, _ options: Options
    ) async throws(Failure) -> Invalidation {
        let request = Self.request(subject, options)
        let outcome = await door.ask { engine, done in
            Invalidator(engine: engine).invalidate(request, done: done)
        }
        if let error = outcome.error { throw Failure(description: error) }
        return Invalidation(
            deleted: outcome.deleted, reached: outcome.reached, depth: outcome.deepest, work: outcome.queued)
    }

    private static func request(
        _ subject: InvalidationRequest.Subject, _ options: Options
    ) -> InvalidationRequest {
        var request = InvalidationRequest(subject, database: options.database, isDryRun: options.isDryRun)
        request.softlyMilliseconds = milliseconds(options.softly)
        request.overMilliseconds = milliseconds(options.over)
        request.isForced = options.isForced
        return request
    }

    private static func milliseconds(_ time: Duration) -> Int {
        let (seconds, attoseconds) = time.components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
