import Synchronization
import Threads

/// Sends alerts to Alertmanagers and webhooks, on a thread of its own.
///
/// Any thread may tell it what fires; nobody waits for a destination. Each destination has its own pace: one
/// request at a time, retried with growing, jittered waits, and one that hangs delays no other.
public final class AlertSender: AlertSink {
    /// What happens on the way, for log and metrics.
    public enum Event: Sendable {
        case accepted(AlertDestination, count: Int)
        case failed(AlertDestination, AlertFailure)
        /// Worth a line in the log: a destination's first failure in a minute, with how many were not told.
        case failing(AlertDestination, AlertFailure, untold: Int)
        case recovered(AlertDestination)
        /// The limit of distinct alerts is reached.
        case refused(Alert)
        case firing(Alert)
        case resolved(Alert)
    }

    struct State {
        var book: AlertBook
        var options: AlertOptions
        var couriers: [Courier] = []
        var couriersMade = 0
        var trials: [AlertTrial] = []
        /// When the thread must have ended, on the monotonic clock; nil until it is to stop.
        var stopsBy: Int64?
        /// What fired when listeners were told last.
        var known: [AlertBook.Identity: Alert] = [:]
        var hasEnded = false
    }

    let state: Mutex<State>
    let wakeUp = WakeUp()
    private let ended = WakeUp()
    let onEvent: @Sendable (Event) -> Void

    /// Starts the thread. `onEvent` is called on it, and on threads that fire and resolve.
    public init(_ options: AlertOptions, onEvent: @escaping @Sendable (Event) -> Void) {
        state = Mutex(State(book: AlertBook(rules: options.rules), options: AlertOptions()))
        self.onEvent = onEvent
        reconfigure(options)
        BackgroundThread.start { [self] in
            AlertRounds(self).run()
            state.withLock { $0.hasEnded = true }
            ended.post()
        }
    }

    /// Takes other destinations and times; what fires is told to new destinations at once.
    public func reconfigure(_ options: AlertOptions) {
        state.withLock { state in
            state.options = options
            state.book.rules = options.rules
            let former = state.couriers
            state.couriers = options.destinations.map { destination in
                if let known = former.first(where: { $0.destination == destination }) {
                    return known.encouraged()
                }
                state.couriersMade += 1
                return Courier(number: state.couriersMade, destination: destination)
            }
            state.book.tell(Set(state.couriers.map(\.number)))
        }
        wakeUp.post()
    }

    // MARK: Telling

    public func fire(_ alert: Alert) { fire(alert, forMilliseconds: nil) }

    func fire(_ alert: Alert, forMilliseconds limit: Int64?) {
        let now = Moment.now()
        let isTaken = state.withLock { state in
            guard state.stopsBy == nil else { return true }
            return state.book.fire(alert, at: now, until: limit.map { now.monotonic + $0 })
        }
        guard isTaken else { return onEvent(.refused(alert)) }
        wakeUp.post()
    }

    public func resolve(_ name: String, labels: [String: String]) {
        let isKnown = state.withLock { state in
            let identity = AlertBook.Identity(name: name, labels: labels)
            guard state.book.entries[identity] != nil else { return false }
            state.book.resolve(identity, at: .now())
            return true
        }
        if isKnown { wakeUp.post() }
    }

    /// Resolves what concerns the process alone, gives destinations until `milliseconds` from now to hear of
    /// it, and ends the thread. What concerns Redis is left: an Alertmanager lets it end by itself, unless
    /// the next process finds it so as well.
    public func stop(withinMilliseconds milliseconds: Int) {
        let now = Moment.now()
        let mustWait = state.withLock { state in
            guard state.stopsBy == nil else { return false }
            state.stopsBy = now.monotonic + Int64(milliseconds)
            for (identity, entry) in state.book.entries where entry.alert.concernsProcess {
                state.book.end(identity, at: now)
            }
            state.couriers = state.couriers.map { $0.encouraged() }
            return !state.hasEnded
        }
        guard mustWait else { return }
        wakeUp.post()
        ended.wait(milliseconds: Int32(milliseconds + 100))
    }
}
