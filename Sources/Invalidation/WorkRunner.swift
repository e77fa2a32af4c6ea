import Audit
import Bytes
import Config
import EventLoop
import Naming
import Relay

/// Carries out one piece of work on its side.
final class WorkRunner {
    enum Ending {
        case done
        /// All is done but for keys that Redis would not let go; they are pieces of work of their own.
        case partly(String)
        /// Redis refused or was lost; the task is what was not done.
        case failed(String, rest: Work.Task)
        /// The breaker stopped it.
        case limited(String, rest: Work.Task)
        /// It was asked to stop.
        case stopped(rest: Work.Task, isBig: Bool?)
    }

    /// After so long a piece is a large one.
    static let bigAfterMilliseconds = 250

    let work: Work
    /// Its number in the queue; it may change while it runs.
    var number: Int64
    unowned let engine: Engine
    let side: EngineSide
    private var scan: KeyScan?
    private(set) var cascade: Cascade?
    private var onEnd: ((Ending) -> Void)?
    private var timer: LoopTimer?
    private(set) var isStopped = false
    /// Whether it stops because large pieces have no place left.
    private var yields = false
    let startedMilliseconds: UInt64

    init(_ work: Work, engine: Engine) {
        self.work = work
        number = work.number
        self.engine = engine
        side = engine.side(work.side)
        startedMilliseconds = engine.loop.nowMilliseconds
    }

    /// Begins; `onEnd` is called once.
    func run(_ onEnd: @escaping (Ending) -> Void) {
        self.onEnd = onEnd
        if !work.isBig, work.spreadMilliseconds == 0 {
            timer = engine.loop.timer(afterMilliseconds: Self.bigAfterMilliseconds) { [weak self] in
                self?.becameBig()
            }
        }
        switch work.task {
        case .finish(let frontier): finish(frontier)
        case .fire(let firing): fire(firing)
        case .scan(let indexKeys):
            let conventions = engine.conventions
            look { keys in NameSelection.steps(among: keys, in: indexKeys, conventions) }
        case .request(let request): carryOut(request)
        case .built:
            let conventions = engine.conventions
            look { keys in NameSelection.built(among: keys, conventions) }
        case .everything:
            let conventions = engine.conventions
            look { keys in NameSelection.everything(among: keys, conventions) }
        case .empty(let all):
            Emptying(side: side, work, all: all).run { [weak self] failure in
                guard let self else { return }
                end(failure.map { .failed($0, rest: work.task) } ?? .done)
            }
        }
    }

    /// Keys reached so far, or looked at while it still looks.
    var progress: (done: Int, expected: Int?) {
        if let cascade { return (cascade.progress.done, cascade.progress.expected) }
        return (scan?.seen ?? 0, nil)
    }

    /// Ends as soon as what is on its way has been answered; the rest is handed to `onEnd`.
    func stop() {
        guard !isStopped else { return }
        isStopped = true
        scan?.stop()
        cascade?.cancel()
    }

    /// It has run for long: it goes on beside small work, or waits for a place among the large.
    private func becameBig() {
        guard onEnd != nil else { return }
        if engine.queue.hasSlot(forBigOn: work.side) {
            engine.queue.promote(number)
            engine.turn()
        } else {
            yields = true
            stop()
        }
    }

    // MARK: Tasks

    private func look(_ select: @escaping ([ByteString]) -> Frontier) {
        let scan = KeyScan(side: side, database: work.cause.database)
        self.scan = scan
        scan.run {
            [select($0)]
        } onEnd: { [weak self] found, failure in
            guard let self else { return }
            self.scan = nil
            if isStopped { return end(.stopped(rest: work.task, isBig: yields ? true : nil)) }
            if let failure { return end(.failed(failure, rest: work.task)) }
            var frontier = Frontier()
            for part in found { frontier.append(part) }
            finish(frontier)
        }
    }

    /// Decides a rule whose time has come.
    private func fire(_ firing: Firing) {
        // Where keys are copies, what conditions ask for may be missing: it fires in any case.
        if work.isCopy { return finish(engine.conventions.frontier(of: firing)) }
        RuleDecider.decide(firing, work, on: side) { [weak self] decision in
            guard let self else { return }
            switch decision {
            case .failed(let reason): end(.failed("connection lost: \(reason)", rest: work.task))
            case .refused(let verdict):
                engine.reporter.refused(firing, verdict, work.cause, parent: work.parent)
                end(.done)
            case .fires where isStopped: end(.stopped(rest: work.task, isBig: yields ? true : nil))
            case .fires:
                engine.reporter.rules.fired(firing.rule)
                finish(engine.conventions.frontier(of: firing))
            }
        }
    }

    func finish(_ frontier: Frontier) {
        guard !frontier.isEmpty else { return end(.done) }
        run(makeCascade(frontier))
    }

    func makeCascade(_ frontier: Frontier) -> Cascade {
        var cause = work.cause
        cause.isRetry = work.attempts + work.refusals > 0
        let cascade = side.cascade(
            cause, frontier, limits: limits, manner: work.manner,
            spreadMilliseconds: work.spreadMilliseconds)
        cascade.followsEveryRule = work.isCopy
        if case .scan = work.task { cascade.isJournaled = true }
        cascade.onProgress = { [reporter = engine.reporter, side = work.side] in
            reporter.progressed($0, at: side)
        }
        return cascade
    }

    func run(_ cascade: Cascade) {
        self.cascade = cascade
        side.run(cascade) { [weak self] ended in self?.ended(ended) }
    }

    /// The breaker counts what the same cascade has reached before; nothing limits what a person asked for.
    private var limits: Cascade.Limits {
        let settings = engine.settings
        guard work.isLimited else {
            return Cascade.Limits(depth: 1 << 20, keys: Int.max, stepKeys: settings.cascadeStepKeys)
        }
        return Cascade.Limits(
            depth: settings.maxDepth, keys: max(0, settings.maxFanout - work.reached),
            stepKeys: settings.cascadeStepKeys)
    }

    private func ended(_ cascade: Cascade) {
        let record = engine.reporter.ended(
            cascade, parent: work.parent, at: work.side, of: work)
        if !cascade.deferred.isEmpty {
            engine.fire(
                cascade.deferred, work.cause, parent: record ?? work.parent, side: work.side,
                accepted: engine.sharedAcceptance(of: number))
        }
        scanIfSuspect(cascade)
        engine.reached(number, cascade)
        goOnLater(cascade, parent: record)
        goOnAlone(cascade, parent: record)
        let isFound = cascade.source?.isExhausted != false
        if !isFound { keep(cascade, parent: record) }
        let rest = isFound ? .finish(cascade.frontier) : work.task
        switch cascade.ending {
        case .failed(let reason): end(.failed(reason, rest: rest))
        case .cancelled: end(.stopped(rest: rest, isBig: yields ? true : nil))
        case .truncated where work.isLimited && !cascade.isLookOnly:
            end(.limited(tripped(cascade), rest: rest))
        case .done, .truncated, nil:
            end(Reporter.refusal(of: cascade).map { .partly($0) } ?? .done)
        }
    }

    /// Keys are looked for again, but those that are removed already are not found again: what follows from
    /// them becomes a piece of its own.
    private func keep(_ cascade: Cascade, parent: ULID?) {
        guard !cascade.isLookOnly, !cascade.frontier.isEmpty else { return }
        if engine.cancelled.contains(number) { return engine.giveBack(.finish(cascade.frontier), work) }
        enqueue(work.following(cascade.frontier, parent: parent), after: cascade)
    }

    private func enqueue(_ part: Work, after cascade: Cascade) {
        var part = part
        part.reached = work.reached + cascade.targetCount
        if let told = engine.sharedAcceptance(of: number) { part.onAccepted = [told] }
        engine.enqueue(part)
    }

    /// What follows from keys that expire begins when the last of them is gone.
    private func goOnLater(_ cascade: Cascade, parent: ULID?) {
        guard !cascade.later.isEmpty else { return }
        var part = work.following(cascade.later, parent: parent)
        let next = work.manner.next
        part.manner = next.manner
        part.delayMilliseconds = next.afterMilliseconds
        enqueue(part, after: cascade)
    }

    /// Keys that Redis would not let go are tried again, and given up, each by itself.
    private func goOnAlone(_ cascade: Cascade, parent: ULID?) {
        let keys = cascade.refused
        let size = max(1, (keys.count + Self.mostAlone - 1) / Self.mostAlone)
        for start in stride(from: 0, to: keys.count, by: size) {
            let part = keys[start..<min(start + size, keys.count)]
            enqueue(work.following(Frontier(steps: part.map(\.step)), parent: parent), after: cascade)
        }
    }

    /// Keys that have failed become at most so many pieces of work.
    private static let mostAlone = 100

    /// Index sets that may lack members do not tell all: names are looked through as well.
    private func scanIfSuspect(_ cascade: Cascade) {
        var indexKeys = Set(cascade.indexKeys)
        if case .scan(let known) = work.task { indexKeys.subtract(known) }
        guard !cascade.isLookOnly, !indexKeys.isEmpty else { return }
        guard cascade.beganSuspect || side.health.isSuspect else {
            return engine.consulted.note(
                Array(indexKeys), work.side, work.cause.database, now: engine.loop.nowMilliseconds,
                limit: engine.settings.replayKeys)
        }
        var scan = Work(
            .scan(indexKeys), work.cause, parent: work.parent, side: work.side, manner: work.manner,
            rule: work.rule)
        if let told = engine.sharedAcceptance(of: number) { scan.onAccepted = [told] }
        engine.enqueue(scan)
    }

    private func tripped(_ cascade: Cascade) -> String {
        let settings = engine.settings
        return work.reached + cascade.targetCount >= settings.maxFanout
            ? "the cascade reached max-fanout (\(settings.maxFanout) keys)"
            : "the cascade reached max-depth (\(settings.maxDepth) levels)"
    }

    func end(_ ending: Ending) {
        timer?.cancel()
        let onEnd = onEnd
        self.onEnd = nil
        onEnd?(ending)
    }
}
