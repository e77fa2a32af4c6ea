/// A cron expression in a time zone: the moments at which something is due, in seconds since 1970, UTC.
///
/// Daylight saving is handled as Vixie cron does. What is due at fixed times of day (see
/// `CronExpression.isAtFixedTimes`) is due when the clock on the wall shows such a time, or any later one,
/// for the first time: a time that is skipped is due right after the gap, one that is repeated is due once.
/// What is due every hour or minute is due whenever the clock shows its minute: not in a gap, twice where an
/// hour is repeated. Unlike cron, no change is too long for this, for an invalidation too many is harmless.
public struct Timetable: Sendable, Hashable {
    /// Longer than any clock on the wall is ahead of another that shows the same moment.
    private static let longestOverlap: Int64 = 3 * 86400
    /// More changes of a zone's offset than lie between any two moments that are due.
    private static let mostSpans = 1000

    public let expression: CronExpression
    public let zone: TimeZoneRules

    public init(_ expression: CronExpression, in zone: TimeZoneRules) {
        self.expression = expression
        self.zone = zone
    }

    /// The first moment after `time` at which it is due; nil past the end of the calendar.
    public func next(after time: Int64) -> Int64? {
        let time = TimeZoneRules.clamped(time)
        return expression.isAtFixedTimes ? nextFixed(after: time) : nextByTheClock(after: time)
    }

    /// The last moment before `time` at which it was due.
    public func previous(before time: Int64) -> Int64? {
        let time = TimeZoneRules.clamped(time)
        return expression.isAtFixedTimes ? previousFixed(before: time) : previousByTheClock(before: time)
    }

    // MARK: By the clock

    private func nextByTheClock(after time: Int64) -> Int64? {
        var from = time + 1
        for _ in 0..<Self.mostSpans {
            let span = zone.span(at: from)
            guard let local = CronSearch(expression).first(from: from + span.offset) else { return nil }
            if local - span.offset < span.end { return local - span.offset }
            from = span.end
        }
        return nil
    }

    private func previousByTheClock(before time: Int64) -> Int64? {
        var until = time - 1
        for _ in 0..<Self.mostSpans {
            let span = zone.span(at: until)
            guard let local = CronSearch(expression).last(until: until + span.offset) else { return nil }
            if local - span.offset >= span.start { return local - span.offset }
            until = span.start - 1
        }
        return nil
    }

    // MARK: At fixed times

    private func nextFixed(after time: Int64) -> Int64? {
        CronSearch(expression).first(from: latestShown(until: time) + 1).flatMap(firstMoment)
    }

    private func previousFixed(before time: Int64) -> Int64? {
        CronSearch(expression).last(until: latestShown(until: time - 1)).flatMap(firstMoment)
    }

    /// The latest local time that the clock has shown up to `time`, which it may have been put back behind.
    private func latestShown(until time: Int64) -> Int64 {
        var span = zone.span(at: time)
        var latest = time + span.offset
        while span.start > time - Self.longestOverlap {
            let before = span.start - 1
            span = zone.span(at: before)
            latest = max(latest, before + span.offset)
        }
        return latest
    }

    /// When the clock shows `local`, or anything later, for the first time.
    private func firstMoment(_ local: Int64) -> Int64? {
        var from = local - Self.longestOverlap / 2
        for _ in 0..<Self.mostSpans {
            let span = zone.span(at: from)
            if local < span.end + span.offset { return max(span.start, local - span.offset) }
            from = span.end
        }
        return nil
    }
}
