import Synchronization

/// What the sender's thread does, again and again: look at the book, send what is due, wait.
struct AlertRounds {
    private struct Round {
        var events: [AlertSender.Event] = []
        var requests: [Transfer.Request] = []
        var wait: Int32 = 0
    }

    /// Nothing waits longer than this without looking at the clock again.
    private static let longestWaitMilliseconds: Int64 = 60_000

    private let sender: AlertSender

    init(_ sender: AlertSender) { self.sender = sender }

    /// Serves until the sender is stopped.
    func run() {
        // Made with the first request: most proxies never send an alert.
        var transfers: TransferSet?
        while let round = next() {
            for event in round.events { sender.onEvent(event) }
            if transfers == nil, !round.requests.isEmpty { transfers = TransferSet() }
            for request in round.requests { start(request, transfers) }
            guard let transfers else {
                if round.requests.isEmpty { sender.wakeUp.wait(milliseconds: round.wait) }
                continue
            }
            let ended = transfers.finished()
            for (transfer, failure) in ended { took(transfer.request.courier, failure) }
            if ended.isEmpty { transfers.wait(milliseconds: round.wait, sender.wakeUp) }
        }
        for trial in sender.state.withLock({ $0.trials }) { trial.end() }
    }

    private func start(_ request: Transfer.Request, _ transfers: TransferSet?) {
        guard let transfers else {
            return took(request.courier, AlertFailure(.other, "libcurl cannot be set up"))
        }
        do {
            transfers.start(try Transfer(request))
        } catch {
            took(request.courier, error)
        }
    }

    // MARK: What is due

    /// What to do now; nil when it is time to end.
    private func next() -> Round? {
        let now = Moment.now()
        return sender.state.withLock { state in
            state.book.advance(to: now)
            state.endTrials(at: now)
            if state.mayEnd(at: now) { return nil }
            var round = Round(events: state.changes())
            for index in state.couriers.indices {
                if let request = state.send(index, at: now) { round.requests.append(request) }
            }
            let next = min(state.nextMoment ?? Int64.max, now.monotonic + Self.longestWaitMilliseconds)
            round.wait = Int32(max(0, next - now.monotonic))
            return round
        }
    }

    // MARK: What came of it

    private func took(_ number: Int, _ failure: AlertFailure?) {
        let now = Moment.now()
        let events = sender.state.withLock { state in state.took(number, failure, at: now) }
        for event in events { sender.onEvent(event) }
    }
}

extension AlertSender.State {
    /// What began to fire and what was resolved since the last time.
    fileprivate mutating func changes() -> [AlertSender.Event] {
        var firing: [AlertBook.Identity: Alert] = [:]
        for (identity, entry) in book.entries where entry.status == .firing { firing[identity] = entry.alert }
        let began = firing.filter { known[$0.key] == nil }.map { AlertSender.Event.firing($0.value) }
        let ended = known.filter { firing[$0.key] == nil }.map { AlertSender.Event.resolved($0.value) }
        known = firing
        return began + ended
    }

    /// Whether the thread may end: everybody has heard, or time is up.
    fileprivate func mayEnd(at now: Moment) -> Bool {
        guard let stopsBy else { return false }
        if now.monotonic >= stopsBy { return true }
        return couriers.allSatisfy { courier in
            courier.carried == nil && (courier.failures > 0 || due(courier, at: now).isEmpty)
        }
    }

    private func due(_ courier: Courier, at now: Moment) -> [AlertNotice] {
        book.due(for: courier.number, repeats: courier.destination.repeats, at: now)
    }

    /// The courier's next request, if it may carry one now and there is something to tell.
    fileprivate mutating func send(_ index: Int, at now: Moment) -> Transfer.Request? {
        let courier = couriers[index]
        guard courier.carried == nil, now.monotonic >= courier.nextTry else { return nil }
        let isAlertmanager = courier.destination.kind == .alertmanager
        let notices = Array(due(courier, at: now).prefix(isAlertmanager ? Courier.batch : 1))
        guard let first = notices.first else { return nil }
        couriers[index].carried = notices
        let body =
            isAlertmanager
            ? AlertBody.alertmanager(notices, options.dressing) : AlertBody.webhook(first, options.dressing)
        return Transfer.Request(
            courier: courier.number, destination: courier.destination, body: body,
            tokenFile: options.tokenFiles[courier.destination.kind],
            timeoutMilliseconds: options.timeoutMilliseconds, authorityFile: options.authorityFile,
            proxy: options.proxy, userAgent: options.userAgent)
    }

    /// The next moment at which there is something to do, on the monotonic clock; nil when nothing is left.
    fileprivate var nextMoment: Int64? {
        var moments = trials.map(\.deadline)
        if let change = book.nextChange { moments.append(change) }
        if let stopsBy { moments.append(stopsBy) }
        for courier in couriers where courier.carried == nil {
            let telling = book.nextTelling(to: courier.number, repeats: courier.destination.repeats)
            if let telling { moments.append(max(telling, courier.nextTry)) }
        }
        return moments.min()
    }

    fileprivate mutating func took(_ number: Int, _ failure: AlertFailure?, at now: Moment)
        -> [AlertSender.Event]
    {
        guard let index = couriers.firstIndex(where: { $0.number == number }) else { return [] }
        let destination = couriers[index].destination
        let notices = couriers[index].carried ?? []
        noteTrials(notices, number, failure)
        guard let failure else {
            book.accepted(notices, by: number, at: now)
            let events: [AlertSender.Event] = [.accepted(destination, count: notices.count)]
            return couriers[index].accepted(at: now) ? events + [.recovered(destination)] : events
        }
        book.refused(notices, by: number)
        let untold = couriers[index].failed(failure, interval: book.rules.interval, at: now)
        return [.failed(destination, failure)]
            + (untold.map { [.failing(destination, failure, untold: $0)] } ?? [])
    }
}
