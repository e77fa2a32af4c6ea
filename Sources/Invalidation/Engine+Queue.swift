import Config
import EventLoop
import Metrics

extension Engine {
    /// Pieces of work that wait or run; what waits for a person is not counted.
    public var queueLength: Int {
        ["pending", "retrying", "delayed", "running"].reduce(queue.outside) {
            $0 + (queue.counts[$1] ?? 0)
        }
    }

    /// Pieces that a process which stops finishes first: with a store, not what waits for a time, a Redis or
    /// a person, for the next process will find that.
    public var unfinished: Int {
        let gathered = mirror?.gathered ?? 0
        guard keeper?.isUsable == true else { return queueLength + gathered }
        return runners.count + gathered + queue.runnable { side($0).isReachable }
    }

    var moment: Moment { Moment(ticks: loop.nowMilliseconds) }

    var limits: WorkQueue.Limits {
        WorkQueue.Limits(
            slots: settings.queueConcurrency, inMemory: settings.queueMemoryItems,
            total: settings.queueItems, dead: settings.deadLetters, hasStore: keeper?.isUsable == true)
    }

    /// Takes a piece of work that is owed; it is done late if it must be, but it is done.
    ///
    /// `work.onAccepted` is called once a crash cannot lose it any more: it is in the store, or has ended.
    ///
    /// - Parameter ended: called when it is done, or with why it has become a dead letter or is held.
    /// - Returns: its number, or that of the work it was joined to; nil where it was widened.
    @discardableResult
    func enqueue(_ work: Work, ended: ((String?) -> Void)? = nil) -> Int64? {
        defer { turn() }
        switch queue.accept(work, at: moment) {
        case .new(let number), .joined(let number), .outside(let number):
            wait(for: number, ended)
            return number
        case .full:
            return widen(work, ended)
        }
    }

    /// Takes over a cascade; where it `mayComeLate`, it is done now and once more a little later.
    ///
    /// Redis runs what it got over a connection that is gone when it comes to that. So the second time counts
    /// from the end of the first, and the work is accepted with it: until then whoever handed it over
    /// remembers it.
    func finish(_ work: Work, mayComeLate: Bool) {
        guard mayComeLate else {
            enqueue(work)
            return
        }
        var first = work
        first.onAccepted = []
        enqueue(first) { [weak self] _ in
            var again = work
            again.delayMilliseconds = Self.lateMilliseconds
            self?.enqueue(again)
        }
    }

    /// What is to be called when work that follows from a piece is accepted: until then whoever remembers the
    /// piece must go on. Nil where nobody does.
    func sharedAcceptance(of number: Int64) -> (@Sendable () -> Void)? {
        queue.items[number]?.work.sharedAcceptance()
    }

    func wait(for number: Int64, _ ended: ((String?) -> Void)?) {
        if let ended { waiters[number, default: []].append(ended) }
    }

    /// Starts what may run, at the end of this tick, and tells the store and the metrics what has changed.
    func turn() {
        guard !isTurning else { return }
        isTurning = true
        loop.atTickEnd { [weak self] in
            guard let self else { return }
            isTurning = false
            while mayReport(), let work = queue.next(at: moment, isReachable: { self.side($0).isReachable }) {
                run(work)
            }
            wakeLater()
            report()
            if let keeper { keeper.changed() } else { acceptAll() }
            measure()
        }
    }

    /// Whether the audit takes what more work would have to be recorded; if not, work waits a moment.
    private func mayReport() -> Bool {
        guard reporter.isFull else { return true }
        if !waitsForAudit {
            waitsForAudit = true
            loop.timer(afterMilliseconds: Self.auditMilliseconds) { [weak self] in
                self?.waitsForAudit = false
                self?.turn()
            }
        }
        return false
    }

    private static let auditMilliseconds = 50

    private func wakeLater() {
        wakeTimer?.cancel()
        wakeTimer = nil
        guard let until = queue.nextWake() else { return }
        let wait = until > loop.nowMilliseconds ? until - loop.nowMilliseconds : 0
        wakeTimer = loop.timer(afterMilliseconds: Int(min(wait, 60_000))) { [weak self] in self?.turn() }
    }

    /// Without a store, what is in memory is as safe as it gets.
    private func acceptAll() { for var work in queue.takeRows().puts { work.accept() } }

    private func measure() {
        metrics.gauge(.queueItems).set(queue.total)
        for state in ["pending", "delayed", "running", "retrying", "paused", "held", "dead"] {
            metrics.gauge(.queueSize, state).set(queue.counts[state] ?? 0)
        }
        metrics.gauge(.queueSize, "stored").set(queue.outside)
    }

    // MARK: Running

    private func run(_ work: Work) {
        let runner = WorkRunner(work, engine: self)
        runners[work.number] = runner
        runner.run { [weak self, weak runner] ending in
            if let number = runner?.number { self?.ended(number, ending) }
        }
    }

    private func ended(_ number: Int64, _ ending: WorkRunner.Ending) {
        runners[number] = nil
        defer { turn() }
        guard let work = queue.items[number]?.work else { return }
        if cancelled.remove(number) != nil {
            queue.done(number)
            if case .stopped(let rest, _) = ending { giveBack(rest, work) }
            return finished(number, "cancelled")
        }
        switch ending {
        case .done:
            queue.done(number)
            finished(number, nil)
        case .partly(let error):
            queue.done(number)
            finished(number, error)
        case .failed(let error, let rest): failed(work, error, rest)
        case .limited(let error, let rest):
            queue.held(number, rest: rest, error: error)
            reportHeld(work, error)
            finished(number, error)
        case .stopped(let rest, let isBig): queue.stopped(number, rest: rest, isBig: isBig)
        }
    }

    private func failed(_ work: Work, _ error: String, _ rest: Work.Task) {
        let policy = RetryPolicy(attempts: settings.retryAttempts, backoff: settings.retryBackoff)
        let verdict = policy.verdict(
            error, failed: work.attempts, refusals: work.refusals, using: &random)
        switch verdict {
        case .again(let wait, let counts):
            metrics.counter(.queueRetries, RetryPolicy.label(error)).add()
            queue.failed(work.number, rest: rest, error: error, again: wait, counts: counts, at: moment)
        case .never:
            queue.died(work.number, rest: rest, error: error)
            reportDead(work, error)
            finished(work.number, error)
        }
    }

    /// Tells who waits that a piece has ended.
    func finished(_ number: Int64, _ error: String?) {
        for ended in waiters.removeValue(forKey: number) ?? [] { ended(error) }
        noteEnd(number, error)
    }
}
