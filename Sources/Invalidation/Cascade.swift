import Audit
import Bytes
import EventLoop
import Hiredis
import Naming
import Relay

/// One walk from a cause to everything that it made stale.
///
/// Keys that are known to be stale are removed in batches, pipelined; index sets are taken out of the index
/// by a script, which removes the members of small ones at once and leaves large ones as drain sets, to be
/// emptied a batch at a time. Each time a key is removed, what is built from it is followed after that, so it
/// goes in the same command or in one that Redis runs later: whatever somebody has rebuilt from the old key
/// meanwhile goes as well. Keys of a lower rank go first, so that a key seldom has to go twice; edges of a
/// cycle are followed the first time alone. Confined to a loop.
///
///     steps ─► UNLINK ─┬─► roots ─► their dependents: steps, index sets, rules
///     index sets ─► seize ─┬─ few members ─► roots
///                          └─ drain set ─► drain, drain, … ─► roots
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
        /// How many keys may wait to be removed before those go that should have waited for others.
        var waiting = 50_000
        /// How many names are remembered, so that a key counts once.
        var names = 10_000
        /// How many keys one turn of the loop follows and removes.
        var turn = 6000
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
    /// Whether Redis refused the write that it followed before the reply was known.
    var wasRefused = false
    let started: AuditTime
    /// What is left to do; after the end, what was not done.
    var frontier: Frontier
    var targets: [AuditRecord.Target] = []
    var targetCount = 0
    var deleted = 0
    var deepest = 0
    /// Called after each reply: what takes long is counted while it goes on.
    var onProgress: ((Cascade) -> Void)?
    /// What metrics have counted of it so far.
    var measured = (reached: 0, deleted: 0)
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
    /// Keys that wait to be removed, and index sets that wait to be read.
    var steps = RankedQueue<Frontier.Step>()
    var takes = RankedQueue<Frontier.Take>()
    /// Index sets that are being read, by the rank of their members.
    var open: [Int: Int] = [:]
    /// Keys that were counted, as far as memory allows; each counts once, however often it is removed.
    ///
    /// No `lazy var`: each insert into one would copy the set.
    var counted: Set<ByteString>?
    /// The keys that a client has just written: whatever leads to them, they are fresh.
    lazy var spared = Set(stays)
    /// Keys whose edges within cycles were followed.
    var followed: Set<ByteString> = []
    var readSets: Set<ByteString> = []
    /// Drain sets that are being emptied.
    var drains: [DrainSet] = []
    /// Those that wait for their turn, and how many members they have.
    var dormant: [DrainSet] = []
    var dormantLeft = 0
    /// Members of theirs that are being removed.
    var inRemoval = 0
    /// How many more keys scripts may remove that are on their way.
    var reserved = 0
    /// Rules that wait to be decided, and those that were.
    var awaited: Set<Firing.Ancestor> = []
    var decided: Set<Firing.Ancestor> = []
    /// Keys that Redis would not let go, each by itself; they are no part of `frontier`.
    var refused: [RefusedKey] = []
    /// Whether there was one key to be removed, and nothing else.
    private var isAlone = false
    /// What follows from keys that expire, once the last of them has.
    var later = Frontier()
    /// Whether names of removed keys are noted in a drain set, since nothing else would tell of them after a
    /// crash.
    var isJournaled = false
    var journal: ByteString?
    var outstanding = 0
    var undone = Frontier()
    private(set) var failure: String?
    private var isCancelled = false
    private var isPumping = false
    private var onEnd: ((Cascade) -> Void)?
    private(set) var nextLink: (() -> Link)?
    private var firstLink: Link?
    /// The link of the last command that must come behind those before it.
    private weak var lastLink: Link?
    private(set) var lanes: ((Int) -> Link)?
    private(set) var pace: DrainPace?
    var isPaced = false
    private var turn: (milliseconds: UInt64, left: Int) = (0, 0)
    private var isWaking = false
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

    /// The same as a list.
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
        begin()
        pump()
        firstLink = nil
    }

    private func begin() {
        isAlone =
            frontier.steps.count == 1 && frontier.takes.isEmpty && frontier.roots.isEmpty
            && frontier.firings.isEmpty && source == nil
        for step in taken(&frontier.steps) { steps.add(step, named: step.key, rank: step.rank) }
        for take in taken(&frontier.takes) { takes.add(take, named: take.name, rank: take.rank) }
        awaited = Set(frontier.firings.map(\.ancestor))
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
                    deleted = max(0, min(count, targetCount))
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
        let left = drains.reduce(inRemoval + dormantLeft) { $0 + $1.left } + steps.count
        let isKnown = takes.isEmpty && frontier.roots.isEmpty || !drains.isEmpty || ending != nil
        return Progress(done: targetCount, expected: isKnown ? targetCount + left : nil)
    }

    // MARK: The pump

    /// Sends whatever may be sent by now, and ends when nothing is left.
    func pump() {
        guard !isPumping, onEnd != nil else { return }
        isPumping = true
        let goesOn = nextLink != nil && !isCancelled
        while goesOn, failure == nil, outstanding < limits.window, hasTurn, sendNext() {}
        isPumping = false
        guard outstanding == 0 else { return }
        if !goesOn || failure != nil || hasNothingLeft { end() }
    }

    /// Sends one command, or finds out what is next; false when nothing can be sent for now.
    private func sendNext() -> Bool {
        if !frontier.roots.isEmpty, steps.count < limits.waiting {
            followSome()
            return true
        }
        if let highest = highestRank { return removeSome(upTo: highest) }
        if !frontier.firings.isEmpty {
            guard let link = orderedLink() else { return false }
            decide(taken(&frontier.firings), on: link)
            return true
        }
        if !takes.isEmpty { return readNext() }
        if outstanding == 0, steps.isEmpty { finishSpent() }
        return drainSome() || findMore()
    }

    private var hasNothingLeft: Bool {
        frontier.isEmpty && steps.isEmpty && takes.isEmpty && drains.isEmpty && dormant.isEmpty
            && source?.isExhausted != false
    }

    /// Up to which rank keys may go now; nil when none may.
    ///
    /// Behind a write nobody waits for others: what goes too soon goes once more.
    private var highestRank: Int? {
        guard let lowest = steps.lowestRank() else { return nil }
        if lanes == nil || steps.count >= limits.waiting { return .max }
        var highest = min(takes.lowestRank() ?? .max, open.keys.min() ?? .max)
        if source?.isExhausted == false { highest = 0 }
        return lowest <= highest ? highest : nil
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
                for key in keys {
                    steps.add(
                        Frontier.Step(key: key, depth: 1, parent: "", origin: nil), named: key, rank: 0)
                }
            }
            replied()
        }
        return true
    }

    // MARK: Links

    /// The link for what goes in order, behind the write that caused it.
    var link: Link? { firstLink ?? nextLink?() }

    /// The same for what must come behind all that was sent before: nil while replies on another link are
    /// awaited, for nothing else orders what went there.
    func orderedLink() -> Link? {
        guard let link else { return nil }
        if let lastLink, lastLink !== link, outstanding > 0 { return nil }
        lastLink = link
        return link
    }

    /// The link for a drain; where it may be another one than before, a cursor of before means nothing.
    func lane(_ number: Int) -> Link? { lanes.map { $0(number) } ?? link }

    func replied() {
        outstanding -= 1
        onProgress?(self)
        pump()
    }

    // MARK: Turns of the loop

    /// Whether this turn of the loop has done so little that it may do more; else the pump is started again.
    private var hasTurn: Bool {
        guard let loop = link?.loop else { return true }
        if turn.milliseconds != loop.nowMilliseconds { turn = (loop.nowMilliseconds, limits.turn) }
        if turn.left > 0 { return true }
        // Not 0: such a timer fires again before the clock of the loop moves on.
        wake(afterMilliseconds: 1)
        return false
    }

    /// Counts keys that were followed or removed.
    func spend(_ count: Int) { turn.left -= count }

    func wake(afterMilliseconds wait: Int) {
        guard !isWaking, let loop = link?.loop else { return }
        isWaking = true
        loop.timer(afterMilliseconds: wait) { [self] in
            isWaking = false
            pump()
        }
    }

    func taken<Element>(_ array: inout [Element]) -> [Element] {
        defer { array = [] }
        return array
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
        frontier.takes += (drains + dormant).map(\.take) + takes.popAll()
        frontier.steps += steps.popAll()
        (drains, dormant) = ([], [])
        frontier.append(undone)
        // A key that is all there was to do fails as a whole; of others each goes on by itself.
        if isAlone, refused.count == 1, frontier.isEmpty, failure == nil {
            failure = refused[0].reason
            frontier.steps = refused.map(\.step)
            refused = []
        }
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
