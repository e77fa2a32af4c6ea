public import Audit
import Bytes
import EventLoop

/// What operators do with single pieces of work: look, pause, resume, cancel, retry, drop.
extension Engine {
    /// Pieces of work, oldest first, as far as they are in memory; dead letters only where asked for.
    public func queueEntries(_ filter: WorkFilter) -> [QueueEntry] {
        let now = moment
        let meant = queue.numbered { item in
            (item.phase == .dead) == (filter.state == "dead") && filter.means(item, at: now)
        }
        return meant.prefix(filter.limit ?? meant.count).compactMap { entry($0.number, now) }
    }

    private func entry(_ number: Int64, _ now: Moment) -> QueueEntry? {
        guard let item = queue.items[number] else { return nil }
        var until: UInt64?
        if case .waiting(let ticks) = item.phase { until = ticks }
        var entry = QueueEntry(
            item.work, state: item.stateName, at: now, until: until, runner: runners[number])
        entry.isHeldByBrake = isHeldByBrake(item)
        return entry
    }

    /// One piece of work, from memory or from the store; nil where there is none.
    public func queueEntry(_ number: Int64, _ done: @escaping (QueueEntry?) -> Void) {
        bring(number) { [weak self] in done(self.flatMap { $0.entry(number, $0.moment) }) }
    }

    /// Takes a piece that only the store has into memory.
    private func bring(_ number: Int64, _ then: @escaping () -> Void) {
        // Numbers begin behind that of the brakes; an operator may ask for any.
        guard queue.items[number] == nil, number > WorkKeeper.brakesNumber, let keeper, keeper.isUsable
        else {
            return then()
        }
        keeper.row(number) { [weak self] work in
            if let self, let work, queue.restore(work, at: moment) {
                queue.outside = max(0, queue.outside - 1)
            }
            then()
        }
    }

    /// What became of an operator's wish.
    public enum Change: Sendable, Equatable {
        case done
        case unknown
        /// It is in a state in which that makes no sense.
        case impossible(state: String)
    }

    /// Sets a piece of work aside until somebody resumes it.
    public func pauseWork(_ number: Int64, actor: AuditActor?, _ done: @escaping (Change) -> Void) {
        change(number, "paused", actor, done) { engine, item in
            var work = item.work
            switch item.phase {
            case .ready, .waiting:
                work.state = .paused
                engine.queue.replace(work, .paused)
            case .running:
                work.state = .paused
                engine.queue.replace(work, .running)
                engine.runners[number]?.stop()
            case .paused, .held, .dead: return false
            }
            return true
        }
    }

    /// Lets a paused piece go on, or one that the breaker stopped: that is not limited from then on.
    public func resumeWork(_ number: Int64, actor: AuditActor?, _ done: @escaping (Change) -> Void) {
        change(number, "resumed", actor, done) { engine, item in
            guard item.phase == .paused || item.phase == .held else { return false }
            var work = item.work
            if item.phase == .held { work.isReleased = true }
            work.state = .pending
            work.error = nil
            work.due = 0
            engine.queue.replace(work, .ready)
            return true
        }
    }

    /// Gives a piece up: what it has not done stays as it is.
    public func cancelWork(_ number: Int64, actor: AuditActor?, _ done: @escaping (Change) -> Void) {
        change(number, "cancelled", actor, done) { engine, item in
            switch item.phase {
            case .dead: return false
            case .running:
                engine.cancelled.insert(number)
                engine.runners[number]?.stop()
            case .ready, .waiting, .paused, .held:
                engine.queue.remove(number)
                engine.giveBack(item.work.task, item.work)
                engine.finished(number, "cancelled")
            }
            return true
        }
    }

    private func change(
        _ number: Int64, _ word: String, _ actor: AuditActor?, _ done: @escaping (Change) -> Void,
        _ body: @escaping (Engine, WorkQueue.Item) -> Bool
    ) {
        bring(number) { [weak self] in
            guard let self else { return }
            guard let item = queue.items[number] else { return done(.unknown) }
            guard body(self, item) else { return done(.impossible(state: item.stateName)) }
            reportWish(item.work, word, actor)
            whenKept { done(.done) }
        }
    }

    // MARK: Dead letters

    /// Gives dead letters new attempts and returns how many.
    public func retryDead(_ filter: WorkFilter, actor: AuditActor?, _ done: @escaping (Int) -> Void) {
        let meant = deadLetters(filter)
        for var work in meant {
            work.state = .pending
            work.attempts = 0
            work.refusals = 0
            work.due = 0
            queue.replace(work, .ready)
            reportWish(work, "taken from the dead letters for another attempt", actor)
        }
        whenKept { done(meant.count) }
    }

    /// Forgets dead letters and returns how many: what they should have invalidated stays stale.
    public func dropDead(_ filter: WorkFilter, actor: AuditActor?, _ done: @escaping (Int) -> Void) {
        let meant = deadLetters(filter)
        for work in meant {
            queue.remove(work.number)
            giveBack(work.task, work)
            reportWish(work, "dropped from the dead letters", actor)
        }
        whenKept { done(meant.count) }
    }

    private func deadLetters(_ filter: WorkFilter) -> [Work] {
        let now = moment
        let meant = queue.numbered { item in
            item.phase == .dead && filter.means(item, at: now)
        }
        return Array(meant.prefix(filter.limit ?? meant.count))
    }

    /// Calls `body` once what has changed so far is in the store.
    public func whenKept(_ body: @escaping () -> Void) {
        turn()
        let bound = LoopBound(body, loop: loop)
        loop.atTickEnd { [weak self] in
            guard let keeper = self?.keeper else { return body() }
            keeper.accept([{ bound.value() }])
            keeper.changed()
        }
    }

    private func reportWish(_ work: Work, _ word: String, _ actor: AuditActor?) {
        var record = record(of: work, .done)
        record.actor = actor
        record.cause = "piece of work \(work.number) was \(word)"
        record.error = work.error
        reporter.write(record)
    }
}
