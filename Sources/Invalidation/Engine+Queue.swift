import Config
import EventLoop
import Metrics

extension Engine {
    /// Who waits for a piece of work.
    struct Waiters {
        /// Called once a crash cannot lose it any more.
        var accepted: [() -> Void] = []
        /// Called at its end, with why it failed for good if it did.
        var ended: [(String?) -> Void] = []
    }

    /// Pieces of work that wait or run; what waits for a person is not counted.
    public var queueLength: Int {
        ["pending", "retrying", "delayed", "running"].reduce(queue.outside) {
            $0 + (queue.counts[$1] ?? 0)
        }
    }

    var moment: Moment { Moment(ticks: loop.nowMilliseconds) }

    var limits: WorkQueue.Limits {
        WorkQueue.Limits(
            slots: settings.queueConcurrency, inMemory: settings.queueMemoryItems,
            total: settings.queueItems, dead: settings.deadLetters, hasStore: false)
    }

    /// Takes a piece of work that is owed; it is done late if it must be, but it is done.
    ///
    /// - Parameters:
    ///   - accepted: called once a crash cannot lose it any more: it is in the store, or it has ended.
    ///   - ended: called when it is done, or with why it has become a dead letter.
    func enqueue(_ work: Work, accepted: (() -> Void)? = nil, ended: ((String?) -> Void)? = nil) {
        switch queue.accept(work, at: moment) {
        case .new(let number), .joined(let number), .outside(let number):
            wait(for: number, accepted, ended)
        case .full: widen(work, accepted: accepted, ended: ended)
        }
        turn()
    }

    /// Without a store there is nothing to wait for.
    func wait(for number: Int64, _ accepted: (() -> Void)?, _ ended: ((String?) -> Void)?) {
        if accepted == nil, ended == nil { return }
        var waiting = waiters[number] ?? Waiters()
        if let accepted { waiting.accepted.append(accepted) }
        if let ended { waiting.ended.append(ended) }
        waiters[number] = waiting
    }

    /// Starts what may run, at the end of this tick, and tells the store and the metrics what has changed.
    func turn() {
        guard !isTurning else { return }
        isTurning = true
        loop.atTickEnd { [weak self] in
            guard let self else { return }
            isTurning = false
            while let work = queue.next(at: moment, isReachable: { self.side($0).isReachable }) { run(work) }
            wakeLater()
            report()
            keep()
            measure()
        }
    }

    private func wakeLater() {
        wakeTimer?.cancel()
        wakeTimer = nil
        guard let until = queue.nextWake() else { return }
        let wait = until > loop.nowMilliseconds ? until - loop.nowMilliseconds : 0
        wakeTimer = loop.timer(afterMilliseconds: Int(min(wait, 60_000))) { [weak self] in self?.turn() }
    }

    /// Without a store, what is in memory is as safe as it gets.
    private func keep() {
        _ = queue.takeRows()
        for (number, waiting) in waiters where !waiting.accepted.isEmpty {
            waiters[number]?.accepted = []
            for accepted in waiting.accepted { accepted() }
        }
    }

    private func measure() {
        metrics.gauge(.queueItems).set(queue.total)
        for state in ["pending", "delayed", "running", "retrying", "paused", "held", "dead"] {
            metrics.gauge(.queueSize, state).set(queue.counts[state] ?? 0)
        }
    }

    // MARK: Running

    private func run(_ work: Work) {
        let runner = WorkRunner(work, engine: self)
        runners[work.number] = runner
        runner.run { [weak self] ending in self?.ended(work.number, ending) }
    }

    private func ended(_ number: Int64, _ ending: WorkRunner.Ending) {
        runners[number] = nil
        defer { turn() }
        guard let work = queue.items[number]?.work else { return }
        switch ending {
        case .done:
            queue.done(number)
            finished(number, nil)
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
        guard let waiting = waiters.removeValue(forKey: number) else { return }
        for ended in waiting.ended { ended(error) }
        guard error == nil else {
            waiters[number] = Waiters(accepted: waiting.accepted)
            return
        }
        for accepted in waiting.accepted { accepted() }
    }
}
