import Audit
import Bytes
import EventLoop
import Hiredis
import Naming
import Relay

/// One walk from a cause to everything that it made stale.
///
/// Breadth-first, pipelined: keys that are known to be stale are removed in batches; index sets are taken out
/// of the index by a script, which removes the members of small ones at once and leaves large ones as drain
/// sets, to be emptied a batch at a time. The names of members are followed in turn. What was visited is not
/// visited again, so cycles end and a diamond is removed once. Confined to a loop.
///
///     names ─► steps ─► UNLINK          index sets ─► seize ─┬─ few members ─► names
///                                                            └─ drain set ─► drain, drain, … ─► names
final class Cascade {
    struct Limits {
        /// How deep the walk goes.
        var depth: Int
        /// How many keys it reaches.
        var keys: Int
        /// How many members one script call takes.
        var stepKeys: Int
        /// How many keys one UNLINK removes, how many members one step of a drain looks at.
        var batch = 500
        /// How many drain sets are emptied side by side.
        var drains = 1
        /// How many commands may wait for their replies.
        var window = 64
        /// How many names are remembered as visited.
        var visited = 200_000
        /// Over how many milliseconds the keys are spread; 0 for as fast as may be.
        var spreadMilliseconds = 0
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
    var targets: [AuditRecord.Target] = []
    var targetCount = 0
    var deleted = 0
    var deepest = 0
    private(set) var ending: Ending?
    /// Rules that have fired and whose work is the engine's.
    var deferred: [Firing] = []
    /// Conditions that kept rules from firing.
    var refusals: [(firing: Firing, verdict: ConditionVerdict)] = []
    /// The rules that were followed or carried out, once for each key that fired them.
    var fired: [Rule] = []
    /// Index sets that the walk has read or taken from.
    var indexKeys: [ByteString] = []
    /// Whether the index was suspect when the cascade began.
    ///
    /// It may be trusted again at the end, and the sets may have lacked members all the same.
    var beganSuspect = false
    /// Told when a drain set was gone before all was done, evicted or flushed: the index has lost members.
    var onVanished: (() -> Void)?

    /// Where more keys come from when all others are done; nil where there are no more.
    var source: CandidateSource?
    private var isSourcing = false

    let conventions: Conventions
    let scripts: ScriptCache
    let limits: Limits
    let manner: Manner
    /// Whether conditions of rules are decided elsewhere, and here all are followed.
    var followsEveryRule = false
    /// Whether nothing is removed, only found.
    var isLookOnly: Bool { manner.isLookOnly }
    let listsAtMost: Int
    /// What was visited; made when something is first looked up: a removal that is prepared never does.
    ///
    /// No `lazy var`: each insert into one would copy the set.
    private var names: Set<ByteString>?
    var visitedSets: Set<ByteString> = []
    /// Drain sets that are being emptied.
    var drains: [DrainSet] = []
    /// Members of theirs that are being removed.
    var inRemoval = 0
    /// The rules and triggers that were decided.
    var decided: Set<Firing.Ancestor> = []
    var outstanding = 0
    var undone = Frontier()
    private(set) var failure: String?
    private var isCancelled = false
    private var isPumping = false
    private var onEnd: ((Cascade) -> Void)?
    private var nextLink: (() -> Link)?
    private var firstLink: Link?
    private(set) var lanes: ((Int) -> Link)?
    private(set) var pace: DrainPace?
    var isPaced = false
    lazy var spread = SpreadClock(milliseconds: limits.spreadMilliseconds)

    init(
        _ cause: Cause, _ frontier: Frontier, conventions: Conventions, scripts: ScriptCache, limits: Limits,
        manner: Manner, listsAtMost: Int
    ) {
        self.cause = cause
        self.frontier = frontier
        fired = frontier.followed
        self.frontier.followed = []
        self.conventions = conventions
        self.scripts = scripts
        self.limits = limits
        self.manner = manner
        self.listsAtMost = listsAtMost
        started = .now()
        // Keys that the cause names and that are known to be there.
        for take in frontier.takes where !take.drain.isEmpty { scripts.drains.insert(take.drain) }
    }

    /// The keys that a client has just written: whatever leads to them, they are fresh.
    var stays: [ByteString] { cause.spared }

    /// Sends the first commands on `link`; later ones go to the links that `next` names. `onEnd` is called
    /// once.
    ///
    /// - Parameters:
    ///   - lanes: where drains go, each to a link of its own; nil for where everything else goes.
    ///   - pace: how fast they may be.
    func run(
        on link: Link, next: @escaping () -> Link, lanes: ((Int) -> Link)? = nil, pace: DrainPace? = nil,
        onEnd: @escaping (Cascade) -> Void
    ) {
        self.onEnd = onEnd
        self.lanes = lanes
        self.pace = pace
        nextLink = next
        firstLink = link
        pump()
        firstLink = nil
    }

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
                replied()
            })
    }

    // MARK: Control

    /// Ends as soon as the replies to what was sent have come, with `.cancelled` and the rest in `frontier`.
    func cancel() {
        isCancelled = true
        pump()
    }

    var progress: Progress {
        let left = drains.reduce(inRemoval) { $0 + $1.left } + frontier.steps.count
        let isKnown = frontier.takes.isEmpty && frontier.roots.isEmpty || !drains.isEmpty || ending != nil
        return Progress(done: targetCount, expected: isKnown ? targetCount + left : nil)
    }

    // MARK: The pump

    /// Sends whatever may be sent by now, and ends when nothing is left.
    func pump() {
        guard !isPumping, onEnd != nil else { return }
        isPumping = true
        let goesOn = nextLink != nil && !isCancelled
        while goesOn, failure == nil, outstanding < limits.window, sendNext() {}
        isPumping = false
        guard outstanding == 0 else { return }
        if !goesOn || failure != nil || hasNothingLeft { end() }
    }

    /// Sends one command, or finds out what is next; false when nothing can be sent for now.
    private func sendNext() -> Bool {
        if !frontier.firings.isEmpty, let link {
            decide(taken(&frontier.firings), on: link)
            return true
        }
        if !frontier.steps.isEmpty { return removeSome() }
        if !frontier.roots.isEmpty {
            followSome()
            return true
        }
        if let take = frontier.takes.popLast() {
            read(take)
            return true
        }
        if outstanding == 0 { finishSpent() }
        return drainSome() || findMore()
    }

    private var hasNothingLeft: Bool {
        frontier.isEmpty && drains.isEmpty && source?.isExhausted != false
    }

    /// Asks the source for more keys, no more than once at a time.
    private func findMore() -> Bool {
        guard let source, !source.isExhausted, !isSourcing, drains.isEmpty else { return false }
        isSourcing = true
        outstanding += 1
        source.next { [self] result in
            isSourcing = false
            switch result {
            case .failure(let problem): failure = problem.text
            case .success(let keys):
                for key in keys where !isVisited(key) {
                    frontier.steps.append(Frontier.Step(key: key, depth: 1, parent: "", origin: nil))
                    if conventions.mayLeadOn(key.span) {
                        frontier.roots.append(Frontier.Root(key: key, depth: 1))
                    }
                }
            }
            replied()
        }
        return true
    }

    /// The link for what goes in order, behind the write that caused it.
    var link: Link? { firstLink ?? nextLink?() }

    /// The link for a drain; where it may be another one than before, a cursor of before means nothing.
    func lane(_ number: Int) -> Link? { lanes.map { $0(number) } ?? link }

    func replied() {
        outstanding -= 1
        pump()
    }

    // MARK: What follows from names

    /// Adds what follows from keys by their names alone.
    private func followSome() {
        var roots: [Frontier.Root] = []
        swap(&roots, &frontier.roots)
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
        frontier.append(found)
        fired += found.followed
    }

    func taken<Element>(_ array: inout [Element]) -> [Element] {
        defer { array = [] }
        return array
    }

    /// Remembers a name as visited, as far as memory allows; false when it was visited before.
    func visit(_ key: ByteString) -> Bool {
        if names == nil { names = Set(stays) }
        guard names?.count ?? 0 < limits.visited else { return !isVisited(key) }
        return names?.insert(key).inserted ?? true
    }

    func isVisited(_ key: ByteString) -> Bool { names?.contains(key) ?? stays.contains(key) }

    /// Sends the removal of some steps; what was visited is left out, what exceeds the limit is left undone.
    private func removeSome() -> Bool {
        let wanted = min(frontier.steps.count, pace?.batch ?? limits.batch, limits.batch)
        let granted = isLookOnly || lanes == nil ? wanted : allowance(wanted)
        guard granted > 0, let link else { return false }
        var batch: [Frontier.Step] = []
        for step in frontier.steps.prefix(granted) where !isVisited(step.key) {
            if conventions.isProtected(step.key.span) { continue }
            guard targetCount < limits.keys else {
                undone.steps.append(step)
                continue
            }
            _ = visit(step.key)
            note(step.key, step.depth, step.parent, step.origin, .computed)
            batch.append(step)
        }
        frontier.steps.removeFirst(granted)
        used(batch.count, of: granted)
        if !batch.isEmpty { remove(batch, on: link) }
        return true
    }

    private func remove(_ batch: [Frontier.Step], on link: Link) {
        outstanding += 1
        sent(1)
        let handler: OwnReply.Handler = { [self] result in
            if case .success(.integer(let count)) = result {
                deleted += count
            } else {
                noteFailure(result)
                undone.steps += batch
            }
            replied()
        }
        switch manner {
        case .look: link.sendOwn(["EXISTS"] + batch.map(\.key), OwnReply(handler))
        case .remove: link.sendOwn(["UNLINK"] + batch.map(\.key), OwnReply(handler))
        case .soften:
            scripts.run(
                .soften, keys: batch.map(\.key), arguments: manner.arguments, on: link,
                next: nextLink ?? { link }, handler)
        }
    }

    // MARK: The end

    func noteFailure(_ result: Result<ReplyValue, LinkFailure>) {
        switch result {
        case .failure(let reason): failure = "connection lost: \(reason)"
        case .success(.error(let error)): failure = error.text
        case .success: failure = "Redis answered with something else than a cascade step expects"
        }
    }

    private func end() {
        if !drains.isEmpty {
            frontier.takes += drains.map(\.take)
            drains = []
        }
        frontier.append(undone)
        if frontier.isEmpty { finishSpent() }
        if let failure {
            ending = .failed(failure)
        } else if frontier.isEmpty {
            ending = .done
        } else {
            ending = isCancelled ? .cancelled : .truncated
        }
        if isPaced { pace?.end() }
        let onEnd = onEnd
        self.onEnd = nil
        nextLink = nil
        onEnd?(self)
    }
}
