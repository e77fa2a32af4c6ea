public import Audit
public import Bytes
import Config
import Hiredis
import Naming
import Relay

/// The one door for invalidations that somebody asks for: by key, by tag, or everything that depends on a
/// key.
///
/// Confined to the engine's loop; other threads come through `Engine.Door.post`.
public final class CacheInvalidator {
    public struct Request: Sendable {
        public enum Subject: Sendable {
            /// The keys themselves and everything that depends on them.
            case keys([ByteString])
            /// Every key that carries one of the tags or a tag below it, and everything that depends on
            /// those.
            case tags([ByteString])
            /// Everything that depends on the keys, not the keys themselves.
            case related([ByteString])

            var names: [ByteString] {
                switch self {
                case .keys(let names), .tags(let names), .related(let names): names
                }
            }
        }

        public var subject: Subject
        public var database: Int
        /// Whether nothing is removed, only found.
        public var isDryRun: Bool
        public var actor: AuditActor?

        public init(_ subject: Subject, database: Int = 0, isDryRun: Bool = false, actor: AuditActor? = nil) {
            self.subject = subject
            self.database = database
            self.isDryRun = isDryRun
            self.actor = actor
        }
    }

    public struct Outcome: Sendable {
        /// Keys that Redis removed; in a dry run, or in `mode observe`, keys that it would have removed.
        public var deleted: Int
        /// Keys that were found to be stale, there or not.
        public var reached: Int
        public var deepest: Int
        /// The first of the keys reached, with why; at most `audit-targets`.
        public var targets: [AuditRecord.Target]
        public var outcome: AuditRecord.Outcome
        public var error: String?
        /// Whether nothing was removed.
        public var wasLookOnly: Bool
        /// Whether all names are being looked through as well, because the index is suspect.
        public var scansNames: Bool
    }

    private let engine: Engine

    public init(engine: Engine) { self.engine = engine }

    /// Invalidates at once; `done` is called with how it ended.
    public func invalidate(_ request: Request, done: @escaping (Outcome) -> Void) {
        let settings = engine.settings
        let isLookOnly = request.isDryRun || settings.mode == .observe
        let cause = Self.cause(of: request)
        let cascade = engine.primary.cascade(
            cause, frontier(of: request.subject), manner: isLookOnly ? .look : .remove)
        if !request.isDryRun {
            engine.repeatElsewhere(Work(.finish(cascade.frontier), cause, parent: nil))
        }
        engine.primary.run(cascade) { [weak self] ended in
            guard let self else { return }
            done(finished(ended, request, cause))
        }
    }

    private func finished(_ cascade: Cascade, _ request: Request, _ cause: Cause) -> Outcome {
        let parent = request.isDryRun ? nil : engine.reporter.ended(cascade)
        engine.fire(cascade.deferred, cause, parent: parent)
        let scans = !cascade.isLookOnly && engine.primary.health.isSuspect && !cascade.indexKeys.isEmpty
        if scans { engine.enqueue(Work(.scan(Set(cascade.indexKeys)), cause, parent: parent)) }
        var outcome = Outcome(
            deleted: cascade.deleted, reached: cascade.targetCount, deepest: cascade.deepest,
            targets: cascade.targets, outcome: cascade.isLookOnly ? .observed : .done, error: nil,
            wasLookOnly: cascade.isLookOnly, scansNames: scans)
        if case .failed(let reason) = cascade.ending {
            outcome.outcome = .failed
            outcome.error = reason
            if !cascade.isLookOnly {
                engine.enqueue(Work(.finish(cascade.frontier), cause, parent: parent))
                outcome.error = "\(reason) (it is tried again in the background)"
            }
        }
        return outcome
    }

    private static func cause(of request: Request) -> Cause {
        let (subject, verb): (Cause.Subject, ByteString) =
            switch request.subject {
            case .keys: (.key, "freshet invalidate key")
            case .tags: (.tag, "freshet invalidate tag")
            case .related: (.related, "freshet invalidate related")
            }
        return Cause(
            source: .admin, subject: subject, actor: request.actor, command: verb, database: request.database,
            keys: request.subject.names)
    }

    private func frontier(of subject: Request.Subject) -> Frontier {
        var frontier = Frontier()
        switch subject {
        case .keys(let keys):
            for key in keys where !Conventions.isReserved(key.span) {
                frontier.steps.append(Frontier.Step(key: key, depth: 0, parent: "", origin: nil))
                frontier.roots.append(Frontier.Root(key: key, depth: 0))
            }
        case .related(let keys):
            frontier.roots = keys.map { Frontier.Root(key: $0, depth: 0) }
        case .tags(let tags):
            for tag in tags {
                frontier.add(tag: tag, engine.conventions, depth: 1, parent: tag, origin: nil)
            }
            frontier.roots = frontier.steps.map { Frontier.Root(key: $0.key, depth: $0.depth) }
        }
        return frontier
    }

    // MARK: Looking

    /// The keys that carry `tag` or a tag below it, as names and index tell; at most `limit`.
    public func keys(
        tagged tag: ByteString, database: Int, limit: Int,
        done: @escaping (Result<[ByteString], Problem>) -> Void
    ) {
        var frontier = Frontier()
        frontier.add(tag: tag, engine.conventions, depth: 1, parent: tag, origin: nil)
        TagListing(engine: engine, database: database, limit: limit, frontier: frontier, done: done).next()
    }

    /// Why a listing failed.
    public struct Problem: Error, Sendable {
        public let text: String
    }
}

/// Reads the members of a tag and of the tags below it, without changing anything.
private final class TagListing {
    private let engine: Engine
    private let database: Int
    private let limit: Int
    private var takes: [Frontier.Take]
    private var keys: Set<ByteString>
    private var seenSets: Set<ByteString> = []
    private let done: (Result<[ByteString], CacheInvalidator.Problem>) -> Void

    init(
        engine: Engine, database: Int, limit: Int, frontier: Frontier,
        done: @escaping (Result<[ByteString], CacheInvalidator.Problem>) -> Void
    ) {
        self.engine = engine
        self.database = database
        self.limit = limit
        takes = frontier.takes
        keys = Set(frontier.steps.map(\.key))
        self.done = done
    }

    func next() {
        guard let take = takes.popLast(), keys.count < limit else {
            return keepExisting()
        }
        if take.cursor == "0", !seenSets.insert(take.indexKey).inserted { return next() }
        engine.primary.pool.ownLink(database: database).sendOwn(
            ["SSCAN", take.indexKey, take.cursor, "COUNT", "500"],
            OwnReply { [self] result in
                guard case .success(.array(let parts)) = result, parts.count == 2,
                    let cursor = parts[0].bytes,
                    let elements = parts[1].elements
                else { return done(.failure(.init(text: KeyScan.failure(result)))) }
                took(elements.compactMap(\.bytes), take, cursor)
                next()
            })
    }

    private func took(_ members: [ByteString], _ take: Frontier.Take, _ cursor: ByteString) {
        if cursor != "0" {
            var rest = take
            rest.cursor = cursor
            takes.append(rest)
        }
        guard take.kind == .children else { return keys.formUnion(members) }
        for tag in members {
            var frontier = Frontier()
            frontier.add(tag: tag, engine.conventions, depth: 1, parent: tag, origin: nil)
            takes += frontier.takes
            keys.formUnion(frontier.steps.map(\.key))
        }
    }

    /// The index may name keys that have expired: only those that exist carry the tag.
    private func keepExisting() {
        let names = keys.sorted().prefix(limit).map { $0 }
        guard !names.isEmpty else { return done(.success([])) }
        let link = engine.primary.pool.ownLink(database: database)
        var existing: [ByteString] = []
        var outstanding = names.count
        for name in names {
            link.sendOwn(
                ["EXISTS", name],
                OwnReply { [done] result in
                    if case .success(.integer(1)) = result { existing.append(name) }
                    outstanding -= 1
                    if outstanding == 0 { done(.success(existing)) }
                })
        }
    }
}
