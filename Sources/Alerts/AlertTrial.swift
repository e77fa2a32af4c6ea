import Synchronization

/// A test alert on its way, and whoever waits to hear how it went.
struct AlertTrial: Sendable {
    let identity: AlertBook.Identity
    /// Destinations that have not answered yet.
    var waiting: [Int: String]
    /// By the destination's name; nil is success.
    var results: [(name: String, failure: String?)] = []
    /// When the answer is due, on the monotonic clock.
    let deadline: Int64
    let done: @Sendable ([(name: String, failure: String?)]) -> Void

    /// Answers with what is known.
    func end() { done(results + waiting.sorted { $0.key < $1.key }.map { ($0.value, "no answer yet") }) }
}

extension AlertSender {
    /// Sends the alert `FreshetTest` everywhere; it is over after two intervals.
    ///
    /// `done` is called once, on any thread, with what became of it at each destination: nil means that it
    /// was accepted.
    public func test(_ done: @escaping @Sendable ([(name: String, failure: String?)]) -> Void) {
        let now = Moment.now()
        let alert = Alert(.test)
        let wasTaken = state.withLock { state in
            guard state.stopsBy == nil, !state.couriers.isEmpty else { return false }
            let identity = AlertBook.Identity(name: alert.name, labels: alert.labels)
            // Told to everybody anew, although a former test may still be on.
            state.book.forget(identity)
            guard state.book.fire(alert, at: now, until: now.monotonic + 2 * state.book.rules.interval) else {
                return false
            }
            state.couriers = state.couriers.map { $0.encouraged() }
            let waiting = state.couriers.map { ($0.number, $0.destination.name) }
            state.trials.append(
                AlertTrial(
                    identity: identity, waiting: Dictionary(uniqueKeysWithValues: waiting),
                    deadline: now.monotonic + 2 * Int64(state.options.timeoutMilliseconds), done: done))
            return true
        }
        if wasTaken { wakeUp.post() } else { done([]) }
    }
}

extension AlertSender.State {
    /// Notes what became of test alerts among `notices`.
    mutating func noteTrials(_ notices: [AlertNotice], _ courier: Int, _ failure: AlertFailure?) {
        for index in trials.indices {
            guard notices.contains(where: { $0.identity == trials[index].identity }),
                let name = trials[index].waiting.removeValue(forKey: courier)
            else { continue }
            trials[index].results.append((name, failure?.description))
        }
    }

    /// Answers whoever has heard from everybody or has waited for long enough.
    mutating func endTrials(at now: Moment) {
        for trial in trials where trial.waiting.isEmpty || now.monotonic >= trial.deadline { trial.end() }
        trials.removeAll { $0.waiting.isEmpty || now.monotonic >= $0.deadline }
    }
}
