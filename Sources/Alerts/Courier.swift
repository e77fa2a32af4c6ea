/// One destination as the sender sees it: when it may be asked next, and what became of it last.
struct Courier {
    static let firstWaitMilliseconds: Int64 = 500
    static let longestWaitMilliseconds: Int64 = 60_000
    static let logIntervalMilliseconds: Int64 = 60_000
    /// Alerts in one request to an Alertmanager.
    static let batch = 64

    let number: Int
    let destination: AlertDestination
    /// What is on its way; nil between requests.
    var carried: [AlertNotice]?
    /// When it may be asked again, on the monotonic clock.
    var nextTry = Int64.min
    var failures = 0
    var failure: AlertFailure?
    /// When it last accepted something, on the wall clock.
    var acceptedAt: Int64?
    private var loggedAt: Int64?
    private var untold = 0

    init(number: Int, destination: AlertDestination) {
        self.number = number
        self.destination = destination
    }

    /// The same, asked again without waiting: the configuration has changed, or the process stops.
    func encouraged() -> Courier {
        var courier = self
        courier.nextTry = Int64.min
        courier.failures = 0
        return courier
    }

    mutating func accepted(at now: Moment) -> Bool {
        let hadFailed = failure != nil
        carried = nil
        failures = 0
        failure = nil
        nextTry = Int64.min
        acceptedAt = now.wall
        loggedAt = nil
        untold = 0
        return hadFailed
    }

    /// Notes a failure, and returns how many went unlogged before it when it is worth a line in the log.
    ///
    /// The wait grows to the shorter of a minute and `interval`; half of it is jitter, so that many proxies
    /// do not ask together.
    mutating func failed(_ failure: AlertFailure, interval: Int64, at now: Moment) -> Int? {
        carried = nil
        failures += 1
        let isNew = self.failure == nil
        self.failure = failure
        let longest = max(Self.firstWaitMilliseconds, min(interval, Self.longestWaitMilliseconds))
        let wait = min(longest, Self.firstWaitMilliseconds << Int64(min(failures - 1, 16)))
        nextTry = now.monotonic + wait / 2 + Int64.random(in: 0...(wait / 2))
        if let loggedAt, !isNew, now.monotonic - loggedAt < Self.logIntervalMilliseconds {
            untold += 1
            return nil
        }
        defer {
            loggedAt = now.monotonic
            untold = 0
        }
        return untold
    }
}
