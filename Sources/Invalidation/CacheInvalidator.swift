public import Audit
public import Bytes
import Config
import EventLoop
import Hiredis
import Naming
import Relay

/// The one door for invalidations that somebody asks for: by key, by tag, by pattern, by an expression of
/// tags, or everything that depends on a key.
///
/// What is asked for becomes a piece of work in the engine's queue: it happens late if it must, and is not
/// lost. A dry run is carried out at once. Confined to the engine's loop; other threads come through
/// `Engine.Door.post`, embedding programs through the library's own `CacheInvalidator`.
public final class CacheInvalidator {
    public typealias Request = InvalidationRequest

    /// What an invalidation has done.
    public struct Outcome: Sendable {
        /// Keys that Redis removed or softened, or whose time to live was set; in a dry run, or in `mode
        /// observe`, keys that there are.
        public var deleted = 0
        /// Keys that were found to be stale, there or not.
        public var reached = 0
        public var deepest = 0
        /// The first of the keys reached, with why; at most `audit-targets`.
        public var targets: [AuditRecord.Target] = []
        public var error: String?
        /// Whether nothing was removed.
        public var wasLookOnly = false
        /// Whether all names are being looked through as well, because the index is suspect.
        public var scansNames = false
        /// The number of the work in the queue, where it was not done by the time of the answer.
        public var queued: Int64?

        public init() {}

        mutating func add(_ cascade: Cascade) {
            deleted += cascade.deleted
            reached += cascade.targetCount
            deepest = max(deepest, cascade.deepest)
            targets += cascade.targets.prefix(max(0, 1000 - targets.count))
        }
    }

    /// Why a request was not accepted, or a listing failed.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        public let text: String
        public var description: String { text }
        public init(text: String) { self.text = text }
    }

    private static let lookMilliseconds = 100
    let engine: Engine

    public init(engine: Engine) { self.engine = engine }

    /// Invalidates; `done` is called when that is done, or with the number of the work when it has to wait:
    /// Redis is away, refuses for now, or somebody has paused it.
    public func invalidate(_ request: Request, done: @escaping (Outcome) -> Void) {
        if let problem = request.problem(engine.conventions) { return done(Self.failed(problem)) }
        if request.isDryRun { return look(request, done) }
        var work = work(for: request)
        guard engine.primary.isReachable else { return queue(&work, done) }
        var isAnswered = false
        let engine = engine
        var box: Int64?
        let number = engine.enqueueEverywhere(work) { error in
            guard !isAnswered else { return }
            isAnswered = true
            var outcome = box.flatMap { engine.outcomes[$0] } ?? Outcome()
            outcome.error = error
            outcome.wasLookOnly = engine.settings.mode == .observe
            outcome.scansNames = engine.primary.health.isSuspect && Self.readsIndex(request)
            // What the other Redis is owed is to be safe as well.
            if engine.fallback == nil { done(outcome) } else { engine.whenKept { done(outcome) } }
        }
        guard let number else { return done(Self.failed("the queue is full: the request was widened")) }
        box = number
        engine.outcomes[number] = engine.outcomes[number] ?? Outcome()
        answerWhenPutOff(number) {
            guard !isAnswered else { return false }
            guard let put = $0 else { return true }
            isAnswered = true
            done(put)
            return false
        }
    }

    /// Accepts a request; `done` gets the number of the work once a crash cannot lose it any more.
    public func submit(_ request: Request, done: @escaping (Result<Int64, Problem>) -> Void) {
        if let problem = request.problem(engine.conventions) { return done(.failure(Problem(text: problem))) }
        var work = work(for: request)
        queue(&work) { outcome in
            done(outcome.queued.map { .success($0) } ?? .failure(Problem(text: outcome.error ?? "")))
        }
    }

    /// How far a request is that was accepted, and what it has done.
    public struct Progress: Sendable {
        /// As the queue calls it, or `done`, or `failed`.
        public var state: String
        /// Keys reached so far.
        public var reached: Int
        /// How many it will be, where that is known.
        public var expected: Int?
        public var keysPerSecond: Double?
        public var etaSeconds: Double?
        /// What it has done, once it has ended.
        public var outcome: Outcome?
    }

    /// How far the work is; `done` gets nil when there is none of this number, or it ended too long ago.
    public func progress(_ number: Int64, done: @escaping (Progress?) -> Void) {
        if let ended = engine.endedLately.last(where: { $0.number == number }) {
            let state = ended.outcome.error == nil ? "done" : "failed"
            return done(Progress(state: state, reached: ended.outcome.reached, outcome: ended.outcome))
        }
        engine.queueEntry(number) { entry in
            done(
                entry.map {
                    Progress(
                        state: $0.state, reached: $0.done, expected: $0.total, keysPerSecond: $0.rate,
                        etaSeconds: $0.etaSeconds)
                })
        }
    }

    private func work(for request: Request) -> Work {
        var work = Work(.request(request), request.cause, parent: nil, manner: request.manner)
        work.spreadMilliseconds = request.overMilliseconds
        return work
    }

    private func queue(_ work: inout Work, _ done: @escaping (Outcome) -> Void) {
        let bound = LoopBound(Acceptance(done), loop: engine.loop)
        work.onAccepted.append { bound.value.accept() }
        guard let number = engine.enqueueEverywhere(work) else {
            return done(Self.failed("the queue is full: the request was widened"))
        }
        // It may have ended before it is accepted, and whoever asks then is to hear what it did.
        if engine.queue.items[number] != nil {
            engine.outcomes[number] = engine.outcomes[number] ?? Outcome()
        }
        bound.value.number = number
        bound.value.tell()
    }

    /// Looks every now and then whether the work waits for something; `answer` says whether to look again.
    private func answerWhenPutOff(_ number: Int64, _ answer: @escaping (Outcome?) -> Bool) {
        engine.loop.timer(afterMilliseconds: Self.lookMilliseconds) { [weak self] in
            guard let self else { return }
            let item = engine.queue.items[number]
            let isPutOff =
                item.map { $0.work.isRetrying && $0.phase != .running || $0.phase == .paused } ?? false
                || !engine.primary.isReachable
            var outcome: Outcome?
            if isPutOff {
                outcome = engine.outcomes[number] ?? Outcome()
                outcome?.queued = number
            }
            if answer(outcome) { answerWhenPutOff(number, answer) }
        }
    }

    private static func readsIndex(_ request: Request) -> Bool {
        switch request.subject {
        case .tags, .expression: true
        case .keys, .related, .pattern, .timeToLive: false
        }
    }

    private static func failed(_ problem: String) -> Outcome {
        var outcome = Outcome()
        outcome.error = problem
        return outcome
    }

    // MARK: Dry runs

    /// Tells what a request would do, without the queue.
    private func look(_ request: Request, _ done: @escaping (Outcome) -> Void) {
        let side: EngineSide = engine.primary
        if case .timeToLive(let keys, _) = request.subject {
            return lookForKeys(keys, request.database, done)
        }
        let cascade = side.cascade(
            request.cause, request.frontier(engine.conventions) ?? Frontier(), manner: .look)
        let run = {
            side.run(cascade) { ended in
                var outcome = Outcome()
                outcome.add(ended)
                outcome.wasLookOnly = true
                if case .failed(let reason) = ended.ending { outcome.error = reason }
                done(outcome)
            }
        }
        guard request.frontier(engine.conventions) == nil else { return run() }
        CandidateSearch(request, side).source { result in
            switch result {
            case .failure(let failure): done(Self.failed(failure.text))
            case .success(let source):
                cascade.source = source
                run()
            }
        }
    }

    private func lookForKeys(_ keys: [ByteString], _ database: Int, _ done: @escaping (Outcome) -> Void) {
        engine.primary.pool.ownLink(database: database).sendOwn(
            ["EXISTS"] + keys,
            OwnReply { result in
                var outcome = Outcome()
                outcome.wasLookOnly = true
                outcome.reached = keys.count
                if case .success(.integer(let count)) = result {
                    outcome.deleted = count
                } else {
                    outcome.error = KeyScan.failure(result)
                }
                done(outcome)
            })
    }

    // MARK: Looking

    /// The keys that carry `tag` or a tag below it, as names and index tell; at most `limit`.
    public func keys(
        tagged tag: ByteString, database: Int, limit: Int,
        done: @escaping (Result<[ByteString], Problem>) -> Void
    ) {
        TagListing(engine: engine, database: database, limit: limit, tag: tag, done: done).next()
    }
}

/// Tells the number of a piece of work once it is both known and safe.
private final class Acceptance {
    var number: Int64?
    private var isAccepted = false
    private var done: ((CacheInvalidator.Outcome) -> Void)?

    init(_ done: @escaping (CacheInvalidator.Outcome) -> Void) { self.done = done }

    func accept() {
        isAccepted = true
        tell()
    }

    func tell() {
        guard isAccepted, let number, let done else { return }
        self.done = nil
        var outcome = CacheInvalidator.Outcome()
        outcome.queued = number
        done(outcome)
    }
}
