import Hiredis
import Audit
import Bytes
import Naming
import Relay

/// One walk from a cause to everything that it made stale.
///
/// Breadth-first, in batches: all that is known to be stale is removed with one UNLINK, and every index set
/// in question is taken from, pipelined together; the members that come back are followed in the next batch.
/// What was visited is not visited again, so cycles end and a diamond is removed once. Confined to a loop.
///
///     names ─► steps, takes ─► UNLINK and script ─► members ─► names
final class Cascade {
    struct Limits {
        /// How deep the walk goes.
        var depth: Int
        /// How many keys it reaches.
        var keys: Int
        /// How many members one script call takes.
        var stepKeys: Int
    }

    enum Ending: Equatable {
        case done
        /// A limit was met: `frontier` holds the rest.
        case truncated
        /// Redis refused or was lost: `frontier` holds what was not done.
        case failed(String)
        /// Somebody called `cancel()`: `frontier` holds the rest.
        case cancelled
    }

    /// How far a cascade is.
    struct Progress: Sendable, Equatable {
        /// Keys reached so far.
        var done: Int
        /// How many it will be, as far as is known by now; nil while nothing is known.
        var expected: Int?
    }

    let cause: Cause
    let started: AuditTime
    /// What is left to do; after the end, what was not done.
    var frontier: Frontier
    /// Rules that have fired and whose work is the engine's.
    var deferred: [Firing] = []
    /// Conditions that kept rules from firing.
    var refusals: [(firing: Firing, verdict: ConditionVerdict)] = []
    /// The rules that were followed or carried out, once for each key that fired them.
    var fired: [Rule] = []
    private(set) var targets: [AuditRecord.Target] = []
    private(set) var targetCount = 0
    private(set) var deleted = 0
    private(set) var deepest = 0
    private(set) var ending: Ending?
    /// Index sets that the walk has read or taken from.
    private(set) var indexKeys: [ByteString] = []

    let conventions: Conventions
    private let scripts: ScriptCache
    let limits: Limits
    let manner: Manner
    /// Whether nothing is removed, only found.
    var isLookOnly: Bool { manner.isLookOnly }
    private let listsAtMost: Int
    private var visited: Set<ByteString> = []
    private var visitedSets: Set<ByteString> = []
    /// The rules and triggers that were decided.
    var decided: Set<Firing.Ancestor> = []
    var outstanding = 0
    private var failure: String?
    private var isPaused = false
    private var isCancelled = false
    var undone = Frontier()
    private var onEnd: ((Cascade) -> Void)?
    private var nextLink: (() -> Link)?

    init(
        _ cause: Cause, _ frontier: Frontier, conventions: Conventions, scripts: ScriptCache, limits: Limits,
        manner: Manner, listsAtMost: Int
    ) {
        self.cause = cause
        self.frontier = frontier
        fired = frontier.followed
        self.conventions = conventions
        self.scripts = scripts
        self.limits = limits
        self.manner = manner
        self.listsAtMost = listsAtMost
        started = .now()
        visited = Set(cause.subject != .tag && cause.source == .mutation ? cause.keys : [])
    }

    /// Sends the first batch on `link`; later ones go to the links that `next` names. `onEnd` is called once.
    func run(on link: Link, next: @escaping () -> Link, onEnd: @escaping (Cascade) -> Void) {
        self.onEnd = onEnd
        nextLink = next
        sendBatch(on: link)
    }

    /// Sends nothing more until `resume()`; what was sent is waited for.
    func pause() { isPaused = true }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        if outstanding == 0, onEnd != nil { goOn() }
    }

    /// Ends as soon as the replies to what was sent have come, with `.cancelled` and the rest in `frontier`.
    func cancel() {
        guard onEnd != nil, !isCancelled else { return }
        isCancelled = true
        if outstanding == 0 { goOn() }
    }

    var progress: Progress { Progress(done: targetCount, expected: ending == .done ? targetCount : nil) }

    /// Sends all that is to be done as the one command that was prepared. `onEnd` is called once.
    func run(_ removal: PreparedRemoval, on link: Link, onEnd: @escaping (Cascade) -> Void) {
        self.onEnd = onEnd
        targets = removal.targets
        targetCount = removal.targetCount
        deepest = removal.deepest
        outstanding = 1
        swap(&undone, &frontier)
        link.sendOwn(
            removal.request,
            OwnReply { [self] result in
                if case .success(.integer(let count)) = result {
                    deleted = count
                    undone = Frontier(lineage: frontier.lineage)
                } else {
                    noteFailure(result)
                }
                replyHandled()
            })
    }

    // MARK: Batches

    private func sendBatch(on link: Link) {
        outstanding = 1
        var batch = Frontier(lineage: frontier.lineage)
        frontier.followed = []
        swap(&batch, &frontier)
        follow(batch.roots)
        decide(batch.firings, on: link)
        remove(fresh(batch.steps + taken(&frontier.steps)), on: link)
        for take in batch.takes + taken(&frontier.takes) { read(take, on: link) }
        replyHandled()
    }

    func taken<Element>(_ array: inout [Element]) -> [Element] {
        defer { array = [] }
        return array
    }

    /// Adds what follows from keys by their names alone.
    private func follow(_ roots: [Frontier.Root]) {
        if roots.isEmpty { return }
        for (depth, group) in Dictionary(grouping: roots, by: \.depth) {
            guard depth < limits.depth, targetCount <= limits.keys else {
                undone.roots += group
                continue
            }
            let closure = conventions.closure(
                of: group.map(\.key), maxDepth: limits.depth - depth,
                maxKeys: max(1, limits.keys - targetCount))
            add(closure, base: depth)
        }
    }

    /// Adds what names say; keys that were not followed are left undone.
    func add(_ closure: Closure, base: Int) {
        var found = Frontier(lineage: frontier.lineage)
        found.add(closure, base: base)
        undone.roots += taken(&found.roots)
        frontier.steps += found.steps
        frontier.takes += found.takes
        frontier.firings += found.firings
        fired += found.followed
    }

    /// The steps that were not visited, now noted as visited; what exceeds the limit is left undone.
    private func fresh(_ steps: [Frontier.Step]) -> [Frontier.Step] {
        var fresh: [Frontier.Step] = []
        for step in steps where !visited.contains(step.key) {
            if conventions.isProtected(step.key.span) { continue }
            guard targetCount < limits.keys else {
                undone.steps.append(step)
                continue
            }
            visited.insert(step.key)
            note(step.key, step.depth, step.parent, step.origin, .computed)
            fresh.append(step)
        }
        return fresh
    }

    private func remove(_ steps: [Frontier.Step], on link: Link) {
        for start in stride(from: 0, to: steps.count, by: 500) {
            let chunk = Array(steps[start..<min(start + 500, steps.count)])
            outstanding += 1
            let command: ByteString = isLookOnly ? "EXISTS" : "UNLINK"
            link.sendOwn(
                [command] + chunk.map(\.key),
                OwnReply { [self] result in
                    switch result {
                    case .success(.integer(let count)): deleted += count
                    default:
                        noteFailure(result)
                        undone.steps += chunk
                    }
                    replyHandled()
                })
        }
    }

    private func read(_ take: Frontier.Take, on link: Link) {
        let isFirst = take.cursor == "0"
        if isFirst, !visitedSets.insert(take.indexKey).inserted, take.kind == .children { return }
        guard targetCount < limits.keys, take.depth <= limits.depth else { return undone.takes.append(take) }
        if isFirst { indexKeys.append(take.indexKey) }
        outstanding += 1
        let handler: OwnReply.Handler = { [self] result in
            if case .success(.array(let parts)) = result, parts.count >= 2 {
                if take.kind == .children { gotChildren(take, parts) } else { gotMembers(take, parts) }
            } else {
                noteFailure(result)
                undone.takes.append(take)
            }
            replyHandled()
        }
        let count = ByteString(String(limits.stepKeys))
        if take.kind == .children {
            link.sendOwn(["SSCAN", take.indexKey, take.cursor, "COUNT", count], OwnReply(handler))
        } else {
            let stays = cause.source == .mutation ? cause.keys : []
            let arguments =
                [count, isLookOnly ? "look" : "take", ByteString(String(stays.count))] + stays
                + conventions.protectLuaPatterns()
            scripts.take(take.indexKey, arguments: arguments, on: link, next: nextLink ?? { link }, handler)
        }
    }

    /// Members of a tag or dependents of a source: removed already, in the same step in which they were
    /// taken.
    private func gotMembers(_ take: Frontier.Take, _ parts: [ReplyValue]) {
        guard parts.count == 3, let remaining = parts[0].integer, let removed = parts[1].integer,
            let members = parts[2].elements
        else { return }
        deleted += removed
        for case .string(let member) in members where visited.insert(member).inserted {
            note(member, take.depth, take.parent, take.origin, .index)
            frontier.roots.append(Frontier.Root(key: member, depth: take.depth))
            if isLookOnly { deleted += 1 }
        }
        // A look leaves the members where they are: what is beyond one step is counted, not listed.
        if isLookOnly { return targetCount += max(0, remaining - members.count) }
        if remaining > 0 { frontier.takes.append(take) }
    }

    /// Tags below a tag: each has members and children of its own.
    private func gotChildren(_ take: Frontier.Take, _ parts: [ReplyValue]) {
        guard let cursor = parts[0].bytes, let tags = parts[1].elements else { return }
        for case .string(let tag) in tags {
            frontier.add(tag: tag, conventions, depth: take.depth, parent: take.parent, origin: take.origin)
        }
        if cursor != "0" {
            var rest = take
            rest.cursor = cursor
            frontier.takes.append(rest)
        }
    }

    private func note(
        _ key: ByteString, _ depth: Int, _ parent: ByteString, _ origin: Origin?,
        _ via: AuditRecord.Target.Via
    ) {
        targetCount += 1
        deepest = max(deepest, depth)
        guard targets.count < listsAtMost else { return }
        targets.append(Self.target(key, depth, parent, origin, via))
    }

    static func target(
        _ key: ByteString, _ depth: Int, _ parent: ByteString, _ origin: Origin?,
        _ via: AuditRecord.Target.Via
    ) -> AuditRecord.Target {
        AuditRecord.Target(
            key: key, depth: depth, from: parent, why: origin?.text ?? "asked for by name",
            line: origin?.place ?? "", via: origin == nil ? .named : via)
    }

    func noteFailure(_ result: Result<ReplyValue, LinkFailure>) {
        switch result {
        case .failure(let reason): failure = "connection lost: \(reason)"
        case .success(.error(let error)): failure = error.text
        case .success: failure = "Redis answered with something else than a cascade step expects"
        }
    }

    func replyHandled() {
        outstanding -= 1
        if outstanding == 0 { goOn() }
    }

    private func goOn() {
        if failure == nil, !frontier.isEmpty, !isCancelled, let nextLink {
            if !isPaused { sendBatch(on: nextLink()) }
            return
        }
        end()
    }

    private func end() {
        frontier.steps += undone.steps
        frontier.takes += undone.takes
        frontier.roots += undone.roots
        frontier.firings += undone.firings
        if let failure {
            ending = .failed(failure)
        } else if isCancelled, !frontier.isEmpty {
            ending = .cancelled
        } else {
            ending = frontier.isEmpty ? .done : .truncated
        }
        let onEnd = onEnd
        self.onEnd = nil
        nextLink = nil
        onEnd?(self)
    }
}
