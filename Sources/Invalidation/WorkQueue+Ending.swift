extension WorkQueue {
    /// Forgets a piece that has done all that it was to do.
    mutating func done(_ number: Int64) { remove(number) }

    /// Keeps what is left of a piece that failed, for another attempt after a wait.
    mutating func failed(
        _ number: Int64, rest: Work.Task, error: String, again wait: Int, counts: Bool, at now: Moment
    ) {
        guard var work = items[number]?.work else { return }
        work.task = rest
        work.error = error
        work.refusals += 1
        if counts { work.attempts += 1 }
        work.wait(wait, from: now)
        // Somebody has paused it while it ran.
        if work.state == .paused { return replace(work, .paused) }
        replace(work, wait > 0 ? .waiting(until: now.ticks + UInt64(wait)) : .ready)
    }

    /// Keeps what is left as a dead letter; the oldest goes when there are too many.
    mutating func died(_ number: Int64, rest: Work.Task, error: String) {
        guard var work = items[number]?.work else { return }
        work.task = rest
        work.error = error
        work.attempts += 1
        work.refusals += 1
        work.state = .dead
        supersede(work.names)
        replace(work, .dead)
        trimDead()
    }

    private mutating func trimDead() {
        while counts["dead", default: 0] > limits.dead, let number = deadOrder.popFirst() {
            guard let item = items[number], item.phase == .dead else { continue }
            remove(number)
            changes.dropped.append(item.work)
        }
    }

    /// Keeps what is left until a person decides.
    mutating func held(_ number: Int64, rest: Work.Task, error: String) {
        guard var work = items[number]?.work else { return }
        work.task = rest
        work.error = error
        work.state = .held
        for other in items.values where other.phase == .held {
            var both = other.work
            guard both.kin == work.kin, both.cause.keys == work.cause.keys, both.join(work) else { continue }
            both.error = error
            replace(both, .held)
            changes.joined += 1
            // Whoever waits for the piece waits for both from here on.
            items[number]?.work.onAccepted = []
            return remove(number)
        }
        replace(work, .held)
    }

    /// Puts what is left of a piece that was stopped back in line.
    mutating func stopped(_ number: Int64, rest: Work.Task, isBig: Bool? = nil) {
        guard var work = items[number]?.work else { return }
        work.task = rest
        work.due = 0
        if let isBig { work.isBig = isBig }
        replace(work, work.state == .paused ? .paused : .ready)
    }

    /// Dead letters, oldest first.
    var dead: [Work] { numbered { $0.phase == .dead } }

    /// Pieces in memory that `isMeant` picks, oldest first.
    func numbered(_ isMeant: (Item) -> Bool) -> [Work] {
        items.values.filter(isMeant).map(\.work).sorted { $0.number < $1.number }
    }
}

extension Work {
    /// Makes it due after a wait.
    mutating func wait(_ milliseconds: Int, from now: Moment) {
        waitMilliseconds = milliseconds
        due = now.wall + Int64(milliseconds)
    }

    /// Starts its delay anew, as long as it has not been put off for too long since `first` ticks.
    mutating func debounce(since first: UInt64, from now: Moment) {
        let delay = max(debounceMilliseconds, delayMilliseconds)
        let longest = UInt64(delay * Self.longestDebounce)
        let left = first &+ longest > now.ticks ? first &+ longest - now.ticks : 0
        wait(min(delay, Int(min(left, UInt64(delay)))), from: now)
    }
}
