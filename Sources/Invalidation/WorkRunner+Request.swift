import Audit
import Bytes
import Config
import Hiredis
import Naming
import Relay

/// What somebody has asked for.
extension WorkRunner {
    func carryOut(_ request: InvalidationRequest) {
        let conventions = engine.conventions
        // The configuration may have changed since it was accepted.
        if let problem = request.problem(conventions) {
            return end(.failed("ERR freshet: \(problem)", rest: work.task))
        }
        if let frontier = request.frontier(conventions) { return finish(frontier) }
        switch request.subject {
        case .timeToLive(let keys, let milliseconds): setTimeToLive(keys[...], milliseconds)
        default:
            CandidateSearch(request, side).source { [weak self] result in
                guard let self else { return }
                switch result {
                case .failure(let failure): end(.failed(failure.text, rest: work.task))
                case .success(let source):
                    if isStopped { return end(.stopped(rest: work.task, isBig: nil)) }
                    let cascade = makeCascade(Frontier())
                    cascade.source = source
                    cascade.isJournaled = true
                    run(cascade)
                }
            }
        }
    }

    private static let batch = 500

    /// Sets the time to live of keys, a batch at a time.
    private func setTimeToLive(
        _ keys: ArraySlice<ByteString>, _ milliseconds: Int, told: [AuditRecord.Target] = []
    ) {
        let isLook = work.manner.isLookOnly || engine.settings.mode == .observe
        guard !keys.isEmpty else {
            engine.outcomes[number]?.deleted += told.count { $0.fate == .done }
            engine.outcomes[number]?.reached += told.count
            engine.reporter.timeToLiveSet(
                work.cause, milliseconds: milliseconds, targets: told, isLookOnly: isLook,
                parent: work.parent)
            return end(.done)
        }
        if isStopped { return end(.stopped(rest: work.task, isBig: nil)) }
        let link = side.pool.ownLink(database: work.cause.database)
        let time = ByteString(String(milliseconds))
        let batch = keys.prefix(Self.batch)
        var (left, told) = (batch.count, told)
        var failure: String?
        for key in batch {
            link.sendOwn(
                isLook ? ["EXISTS", key] : ["PEXPIRE", key, time],
                OwnReply { [self] result in
                    if case .success(let reply) = result, let count = reply.count(atMost: 1) {
                        var target = Cascade.target(key, 0, "", nil, .named)
                        target.fate = count > 0 ? .done : .absent
                        told.append(target)
                    } else {
                        failure = KeyScan.failure(result)
                    }
                    left -= 1
                    guard left == 0 else { return }
                    if let failure { return end(.failed(failure, rest: work.task)) }
                    setTimeToLive(keys.dropFirst(Self.batch), milliseconds, told: told)
                })
        }
    }
}

/// Finds out where the keys of a request are to be looked for.
struct CandidateSearch {
    private let request: InvalidationRequest
    private let side: EngineSide
    private var conventions: Conventions { side.engine.conventions }

    init(_ request: InvalidationRequest, _ side: EngineSide) {
        self.request = request
        self.side = side
    }

    func source(_ done: @escaping (Result<CandidateSource, CandidateFailure>) -> Void) {
        do {
            switch request.subject {
            case .pattern(let text): done(.success(names(of: try KeyPattern(text, conventions))))
            case .expression(let text): cover(try TagExpression(text), done)
            case .keys, .tags, .related, .timeToLive:
                done(.failure(CandidateFailure(text: "ERR freshet: its keys are known by name")))
            }
        } catch {
            done(.failure(CandidateFailure(text: "ERR freshet: \(error)")))
        }
    }

    private func names(of pattern: KeyPattern) -> CandidateSource {
        let filter = CandidateFilter.pattern(pattern)
        if !side.health.isSuspect, let set = conventions.indexSet(ofAll: pattern) {
            return SetSource(side: side, database: request.database, set: set, filter: filter)
        }
        return NameSource(side: side, database: request.database, glob: pattern.glob, filter: filter)
    }

    /// Chooses the tags that have the fewest members, of those that hold every key.
    private func cover(
        _ expression: TagExpression, _ done: @escaping (Result<CandidateSource, CandidateFailure>) -> Void
    ) {
        let filter = CandidateFilter.expression(expression, conventions)
        let database = request.database
        guard !side.health.isSuspect else {
            return done(.success(NameSource(side: side, database: database, glob: "*", filter: filter)))
        }
        let tags = Array(Set(expression.tags))
        var costs: [ByteString: Int] = [:]
        var left = tags.count * 2
        var failure: CandidateFailure?
        let link = side.pool.ownLink(database: database)
        for tag in tags {
            // How many keys the tags below have is not known: one such tag counts as many.
            for (set, weight) in [(IndexKey.members(of: tag), 1), (IndexKey.children(of: tag), 10_000)] {
                link.sendOwn(
                    ["SCARD", set],
                    OwnReply { [side] result in
                        if case .success(let reply) = result, let count = reply.count(atMost: 1 << 32) {
                            costs[tag, default: 0] += count * weight
                        } else {
                            failure = CandidateFailure(text: KeyScan.failure(result))
                        }
                        left -= 1
                        guard left == 0 else { return }
                        if let failure { return done(.failure(failure)) }
                        let cover = expression.cover { costs[$0] ?? 0 } ?? []
                        done(
                            .success(
                                SetSource(side: side, database: database, tags: cover, filter: filter)))
                    })
            }
        }
    }
}
