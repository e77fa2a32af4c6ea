import Synchronization

/// What fires now, and how the destinations are doing.
public struct AlertListing: Sendable {
    public struct Item: Sendable {
        public var name: String
        public var severity: Alert.Severity
        public var labels: [String: String]
        /// pending, firing, or resolved while somebody has not heard of it yet.
        public var state: String
        /// When it began, and when it was told to somebody last, as RFC 3339 writes it; the latter may be
        /// nil.
        public var since: String
        public var lastSent: String?
        public var description: String
    }

    public struct Destination: Sendable {
        public var kind: AlertDestination.Kind
        public var name: String
        public var lastAccepted: String?
        /// Why the last request failed; nil when it did not.
        public var error: String?
        /// Failures in a row.
        public var failures: Int
    }

    public var items: [Item] = []
    public var destinations: [Destination] = []
}

extension AlertSender {
    public var listing: AlertListing {
        let now = Moment.now()
        return state.withLock { state in
            state.book.advance(to: now)
            var listing = AlertListing()
            listing.items = state.book.entries.values.sorted { $0.number < $1.number }.map { entry in
                Self.item(entry, now)
            }
            listing.destinations = state.couriers.map { courier in
                AlertListing.Destination(
                    kind: courier.destination.kind, name: courier.destination.name,
                    lastAccepted: courier.acceptedAt.map(Moment.text), error: courier.failure?.description,
                    failures: courier.failures)
            }
            return listing
        }
    }

    private static func item(_ entry: AlertBook.Entry, _ now: Moment) -> AlertListing.Item {
        let heard = entry.heard.values.filter { $0.status != nil }.map(\.at).max()
        return AlertListing.Item(
            name: entry.alert.name, severity: entry.alert.severity, labels: entry.alert.labels,
            state: entry.status?.rawValue ?? "pending", since: Moment.text(entry.startsAt),
            lastSent: heard.map { Moment.text(now.wall - (now.monotonic - $0)) },
            description: entry.alert.description)
    }

    /// How many alerts of a name fire now.
    public func firing(_ name: String) -> Int {
        state.withLock { state in
            state.book.entries.values.count { $0.alert.name == name && $0.status == .firing }
        }
    }
}
