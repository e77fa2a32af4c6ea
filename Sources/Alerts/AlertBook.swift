/// What fires, what is over, and what each destination has heard of it. Pure: it knows no clock and sends
/// nothing.
///
///     fire ──► pending ──(holds)──► firing ──resolve──► settling ──(lingers)──► resolved ──(told)──► gone
///                 └──resolve──► gone    ▲────────fire────────┘                     │
///                                       └───────────────────fire───────────────────┘
struct AlertBook {
    struct Identity: Hashable {
        var name: String
        var labels: [String: String]
    }

    /// Moments are on the monotonic clock, in milliseconds.
    enum Phase: Equatable {
        case pending(since: Int64)
        case firing
        case settling(since: Int64)
        case resolved
    }

    /// What one destination has accepted.
    struct Heard {
        var status: AlertNotice.Status?
        var at: Int64 = 0
        /// Attempts in vain since then.
        var failures = 0
    }

    struct Entry {
        var alert: Alert
        var phase: Phase
        /// On the wall clock: when the condition began, and when it ended.
        var startsAt: Int64
        var endsAt: Int64?
        /// When it resolves by itself, on the monotonic clock.
        var until: Int64?
        var heard: [Int: Heard] = [:]
        /// The order in which alerts came.
        var number: Int

        /// What a destination should know; nil while there is nothing to tell.
        var status: AlertNotice.Status? {
            switch phase {
            case .pending: nil
            case .firing, .settling: .firing
            case .resolved: .resolved
            }
        }
    }

    /// What the configuration says about patience and limits, in milliseconds.
    struct Rules: Equatable {
        var grace: Int64 = 10_000
        var interval: Int64 = 60_000
        var limit = 1000

        func milliseconds(_ patience: Alert.Patience) -> Int64 {
            switch patience {
            case .none: 0
            case .grace: grace
            case .long: grace * Alert.longInGraces
            }
        }
    }

    var rules: Rules
    /// Numbers of the destinations that are to hear.
    private(set) var destinations: Set<Int> = []
    private(set) var entries: [Identity: Entry] = [:]
    private var numbers = 0

    init(rules: Rules = Rules()) { self.rules = rules }

    /// Takes other destinations; new ones have heard of nothing yet.
    mutating func tell(_ destinations: Set<Int>) {
        self.destinations = destinations
        for (identity, entry) in entries {
            entries[identity]?.heard = entry.heard.filter { destinations.contains($0.key) }
        }
        dropHeard()
    }

    /// Notes that the condition is there; false when the limit of distinct alerts is reached.
    mutating func fire(_ alert: Alert, at now: Moment, until: Int64? = nil) -> Bool {
        let identity = Identity(name: alert.name, labels: alert.labels)
        if var entry = entries[identity] {
            entry.alert = alert
            entry.until = until
            switch entry.phase {
            case .pending, .firing: break
            case .settling, .resolved:
                entry.phase = .firing
                entry.endsAt = nil
            }
            entries[identity] = entry
            return true
        }
        guard makeRoom() else { return false }
        numbers += 1
        entries[identity] = Entry(
            alert: alert, phase: .pending(since: now.monotonic), startsAt: now.wall, until: until,
            number: numbers)
        advance(to: now)
        return true
    }

    /// Notes that the condition is over.
    mutating func resolve(_ identity: Identity, at now: Moment) {
        guard var entry = entries[identity] else { return }
        switch entry.phase {
        case .pending:
            // What happens only for a moment is told by the kinds that linger without holding.
            entries[identity] = nil
            return
        case .firing: entry.phase = .settling(since: now.monotonic)
        case .settling, .resolved: return
        }
        entry.endsAt = now.wall
        entries[identity] = entry
        advance(to: now)
    }

    /// Resolves at once, without lingering.
    mutating func end(_ identity: Identity, at now: Moment) {
        resolve(identity, at: now)
        if let phase = entries[identity]?.phase, case .settling = phase {
            entries[identity]?.phase = .resolved
        }
        dropHeard()
    }

    /// Forgets it without telling anybody.
    mutating func forget(_ identity: Identity) { entries[identity] = nil }

    /// Carries out what the time that has passed means.
    mutating func advance(to now: Moment) {
        for (identity, entry) in entries {
            if let until = entry.until, now.monotonic >= until, entry.phase == .firing {
                entries[identity]?.phase = .settling(since: until)
                entries[identity]?.endsAt = now.wall
            }
            switch entries[identity]!.phase {
            case .pending(let since) where now.monotonic - since >= rules.milliseconds(entry.alert.holds):
                entries[identity]?.phase = .firing
            case .settling(let since) where now.monotonic - since >= rules.milliseconds(entry.alert.lingers):
                entries[identity]?.phase = .resolved
            default: break
            }
        }
        dropHeard()
    }

    /// When `advance` will next have something to do, on the monotonic clock.
    var nextChange: Int64? {
        entries.values.compactMap { entry in
            switch entry.phase {
            case .pending(let since): since + rules.milliseconds(entry.alert.holds)
            case .settling(let since): since + rules.milliseconds(entry.alert.lingers)
            case .firing: entry.until
            case .resolved: nil
            }
        }.min()
    }

    /// Forgets what is over and what every destination knows to be over.
    private mutating func dropHeard() {
        entries = entries.filter { _, entry in
            entry.phase != .resolved
                || destinations.contains { entry.heard[$0]?.status != .resolved }
        }
    }

    /// Makes room for one more: what is over and only waits to be told goes first.
    private mutating func makeRoom() -> Bool {
        if entries.count < rules.limit { return true }
        let oldest = entries.filter { $0.value.phase == .resolved }.min { $0.value.number < $1.value.number }
        guard let oldest else { return false }
        entries[oldest.key] = nil
        return true
    }
}

// MARK: What destinations hear

extension AlertBook {
    /// What a destination should be told now, the least often refused first, then in the order of coming.
    ///
    /// - Parameter repeats: whether a firing alert is told again after each interval.
    func due(for destination: Int, repeats: Bool, at now: Moment) -> [AlertNotice] {
        let due = entries.filter { _, entry in
            nextTelling(entry, destination, repeats).map { $0 <= now.monotonic } ?? false
        }
        let ordered = due.sorted { left, right in
            let failures = (
                left.value.heard[destination]?.failures ?? 0, right.value.heard[destination]?.failures ?? 0
            )
            return failures.0 == failures.1 ? left.value.number < right.value.number : failures.0 < failures.1
        }
        return ordered.map { notice($0.key, $0.value, at: now) }
    }

    /// When a destination is next to be told something, on the monotonic clock; nil when nothing is left.
    func nextTelling(to destination: Int, repeats: Bool) -> Int64? {
        entries.values.compactMap { nextTelling($0, destination, repeats) }.min()
    }

    private func nextTelling(_ entry: Entry, _ destination: Int, _ repeats: Bool) -> Int64? {
        guard let status = entry.status else { return nil }
        guard let heard = entry.heard[destination], heard.status == status else { return Int64.min }
        return repeats && status == .firing ? heard.at + rules.interval : nil
    }

    private func notice(_ identity: Identity, _ entry: Entry, at now: Moment) -> AlertNotice {
        let status = entry.status ?? .firing
        // A receiver that hears nothing for four intervals may take it that Freshet is gone.
        let end = status == .firing ? now.wall + 4 * rules.interval : (entry.endsAt ?? now.wall)
        return AlertNotice(
            identity: identity, alert: entry.alert, status: status, startsAt: entry.startsAt,
            endsAt: max(end, entry.startsAt))
    }

    mutating func accepted(_ notices: [AlertNotice], by destination: Int, at now: Moment) {
        for notice in notices {
            entries[notice.identity]?.heard[destination] = Heard(status: notice.status, at: now.monotonic)
        }
        dropHeard()
    }

    mutating func refused(_ notices: [AlertNotice], by destination: Int) {
        for notice in notices { entries[notice.identity]?.heard[destination, default: Heard()].failures += 1 }
    }
}
