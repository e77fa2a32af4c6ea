import Synchronization

@testable import Alerts

/// What a sender told while a test ran.
final class Collected: Sendable {
    private let events = Mutex<[AlertSender.Event]>([])

    func take(_ event: AlertSender.Event) { events.withLock { $0.append(event) } }

    var failures: [AlertFailure.Reason] {
        events.withLock { events in
            events.compactMap { if case .failed(_, let failure) = $0 { failure.reason } else { nil } }
        }
    }

    /// Lines that a log would have.
    var logged: Int {
        events.withLock { events in
            events.count { if case .failing = $0 { true } else { false } }
        }
    }

    var refused: Int {
        events.withLock { events in
            events.count { if case .refused = $0 { true } else { false } }
        }
    }

    var recovered: Int {
        events.withLock { events in
            events.count { if case .recovered = $0 { true } else { false } }
        }
    }
}

extension AlertOptions {
    /// Options for a webhook or an Alertmanager that hurry.
    static func hasty(_ destinations: AlertDestination...) -> AlertOptions {
        var options = AlertOptions()
        options.destinations = destinations
        options.intervalMilliseconds = 1000
        options.timeoutMilliseconds = 2000
        options.graceMilliseconds = 0
        return options
    }
}

/// What a test alert brought, by destination.
final class Answers: Sendable {
    private let answers = Mutex<[String: String?]?>(nil)

    func take(_ results: [(name: String, failure: String?)]) {
        answers.withLock { $0 = Dictionary(uniqueKeysWithValues: results.map { ($0.name, $0.failure) }) }
    }

    var taken: [String: String?]? { answers.withLock { $0 } }
}
