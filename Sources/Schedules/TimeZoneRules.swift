/// How far the clocks of a time zone are from UTC, at any moment.
public struct TimeZoneRules: Sendable, Hashable {
    /// A stretch of time in which the offset is the same, in seconds since 1970.
    public struct Span: Sendable, Hashable {
        public var start: Int64
        /// The first moment after it.
        public var end: Int64
        /// Seconds that clocks are ahead of UTC.
        public var offset: Int64
    }

    /// Before and after all that a zone's rules speak of.
    static let distantPast: Int64 = -(1 << 60)
    static let distantFuture: Int64 = 1 << 60
    /// Offsets beyond this are damage: RFC 8536 knows none beyond 26 hours.
    static let longestOffset: Int64 = 26 * 3600

    public static let utc = TimeZoneRules(name: "UTC", firstOffset: 0, changes: [], rule: nil)

    /// `Europe/Berlin`.
    public let name: String
    /// What applies before the first change.
    private let firstOffset: Int64
    /// When the offset changes and to what, in order.
    private let changes: [Change]
    /// What applies after the last change; nil when nothing changes any more.
    private let rule: YearlyRule?

    struct Change: Sendable, Hashable {
        var time: Int64
        var offset: Int64
    }

    init(name: String, firstOffset: Int64, changes: [Change], rule: YearlyRule?) {
        self.name = name
        self.firstOffset = firstOffset
        self.changes = changes
        self.rule = rule
    }

    /// Seconds that clocks are ahead of UTC at a moment.
    public func offset(at time: Int64) -> Int64 { span(at: time).offset }

    /// What clocks show at a moment.
    public func clock(at time: Int64) -> CivilTime {
        let time = Self.clamped(time)
        return CivilTime(localSeconds: time + span(at: time).offset)
    }

    /// The stretch around a moment in which the offset is the same; neighbours may have the same, too.
    public func span(at time: Int64) -> Span {
        let time = Self.clamped(time)
        guard let last = changes.last else {
            return rule?.span(at: time, offset: firstOffset)
                ?? Span(start: Self.distantPast, end: Self.distantFuture, offset: firstOffset)
        }
        if time >= last.time { return afterChanges(time, last) }
        var (low, high) = (0, changes.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return Span(
            start: low == 0 ? Self.distantPast : changes[low - 1].time, end: changes[low].time,
            offset: low == 0 ? firstOffset : changes[low - 1].offset)
    }

    private func afterChanges(_ time: Int64, _ last: Change) -> Span {
        guard let rule else { return Span(start: last.time, end: Self.distantFuture, offset: last.offset) }
        var span = rule.span(at: time, offset: last.offset)
        span.start = max(span.start, last.time)
        return span
    }

    /// A moment within ten thousand years of 1970, where sums cannot overflow.
    public static func clamped(_ time: Int64) -> Int64 { min(max(time, -320_000_000_000), 320_000_000_000) }
}
