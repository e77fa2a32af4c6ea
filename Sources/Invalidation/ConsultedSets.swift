import Bytes

/// The index sets that cascades relied on while the index was trusted.
///
/// Should it turn out that the index had lost members by then, what those cascades did is done again: for the
/// last moments these sets are known by name, for as long as it takes to look at all keys twice by a filter.
/// Confined to a loop; bounded by the number of names.
public struct ConsultedSets: Sendable {
    struct Place: Hashable, Sendable {
        var side: Side
        var database: Int
        var indexKey: ByteString
    }

    /// What is handed to another loop.
    public struct Excerpt: Sendable {
        /// The sets of the last moments.
        var sets: Set<Place> = []
        /// All sets since the look at all keys before the present one began.
        private var filter = NameFilter()

        public init() {}

        init(_ sets: Set<Place>, _ filter: NameFilter) {
            self.sets = sets
            self.filter = filter
        }

        public mutating func add(_ other: Excerpt) {
            sets.formUnion(other.sets)
            filter.formUnion(other.filter)
        }

        /// Whether a cascade may have relied on the set.
        func mayContain(_ place: Place) -> Bool { sets.contains(place) || filter.mayContain(place) }
    }

    /// When each was relied on last; the two take turns.
    private var recent: [Place: UInt64] = [:]
    private var former: [Place: UInt64] = [:]
    private var filters: [Side: (current: NameFilter, former: NameFilter)] = [:]

    /// Notes what a cascade has relied on by now; past `limit` names the filter alone knows the oldest.
    mutating func note(
        _ indexKeys: [ByteString], _ side: Side, _ database: Int, now: UInt64, limit: Int
    ) {
        for indexKey in indexKeys {
            let place = Place(side: side, database: database, indexKey: indexKey)
            recent[place] = now
            filters[side, default: (NameFilter(), NameFilter())].current.insert(place)
        }
        guard recent.count > limit / 2 else { return }
        former = recent
        recent = [:]
    }

    /// The sets that were relied on since `start` at one Redis.
    func excerpt(_ side: Side, since start: UInt64) -> Excerpt {
        var sets: Set<Place> = []
        for (place, moment) in former where place.side == side && moment >= start { sets.insert(place) }
        for (place, moment) in recent where place.side == side && moment >= start { sets.insert(place) }
        var all = NameFilter()
        if let (current, former) = filters[side] {
            all = current
            all.formUnion(former)
        }
        return Excerpt(sets, all)
    }

    /// A look at all keys of a Redis begins, and the one before has come to its end: what was noted before
    /// that began is of no use any more.
    mutating func lookBegins(_ side: Side) {
        guard let (current, _) = filters[side] else { return }
        filters[side] = (NameFilter(), current)
    }
}
