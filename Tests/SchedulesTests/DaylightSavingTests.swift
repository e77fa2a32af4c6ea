import Schedules
import TestSupport
import Testing

@Suite("Daylight saving")
struct DaylightSavingTests {
    /// What is due between two moments in UTC, in UTC.
    private func due(_ expression: String, _ zone: String, _ from: String, _ to: String) throws -> [String] {
        let timetable = Timetable(try CronExpression(expression), in: try TimeZoneFile().rules(of: zone))
        var moments: [Int64] = []
        var time = try Moment.utc(from) - 1
        let end = try Moment.utc(to)
        while let next = timetable.next(after: time), next < end {
            moments.append(next)
            time = next
        }
        var backwards: [Int64] = []
        time = end
        while let last = timetable.previous(before: time), try last >= Moment.utc(from) {
            backwards.append(last)
            time = last
        }
        #expect(backwards.reversed() == moments, "forwards and backwards find the same")
        return moments.map { Moment.text($0, in: .utc) }
    }

    @Test("a time of day that is skipped is due right after the gap, once")
    func gap() throws {
        // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
        #expect(
            try due("30 2 * * *", "Europe/Berlin", "2026-03-28 00:00", "2026-03-31 00:00")
                == ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"])
        #expect(
            try due("0,15,30,45 2 29 3 *", "Europe/Berlin", "2026-03-01 00:00", "2026-04-01 00:00")
                == ["2026-03-29 01:00"])
        #expect(
            try due("0,30 2,3 29 3 *", "Europe/Berlin", "2026-03-01 00:00", "2026-04-01 00:00")
                == ["2026-03-29 01:00", "2026-03-29 01:30"])
        // New York, 8 March 2026, at 07:00 UTC.
        #expect(
            try due("1 2 8 3 *", "America/New_York", "2026-03-01 00:00", "2026-04-01 00:00")
                == ["2026-03-08 07:00"])
    }

    @Test("a time of day that is repeated is due once")
    func overlap() throws {
        // Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC.
        #expect(
            try due("30 2 * * *", "Europe/Berlin", "2026-10-24 00:00", "2026-10-27 00:00")
                == ["2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"])
        #expect(
            try due("0 2,3 25 10 *", "Europe/Berlin", "2026-10-01 00:00", "2026-11-01 00:00")
                == ["2026-10-25 00:00", "2026-10-25 02:00"])
        #expect(
            try due("30 1 1 11 *", "America/New_York", "2026-10-01 00:00", "2026-12-01 00:00")
                == ["2026-11-01 05:30"])
    }

    @Test("what is due every hour or minute follows the clock: not in a gap, twice in an overlap")
    func wildcards() throws {
        #expect(
            try due("30 * 29 3 *", "Europe/Berlin", "2026-03-28 23:00", "2026-03-29 03:00")
                == ["2026-03-28 23:30", "2026-03-29 00:30", "2026-03-29 01:30", "2026-03-29 02:30"])
        #expect(
            try due("*/30 2 * * *", "Europe/Berlin", "2026-03-29 00:00", "2026-03-29 12:00") == [])
        #expect(
            try due("*/30 2 * * *", "Europe/Berlin", "2026-10-25 00:00", "2026-10-25 12:00")
                == ["2026-10-25 00:00", "2026-10-25 00:30", "2026-10-25 01:00", "2026-10-25 01:30"])
    }

    @Test("a change by half an hour, or by a whole day, is handled as any other")
    func unusual() throws {
        // Lord Howe, 4 October 2026: 02:00 becomes 02:30 at 15:30 UTC on the third.
        #expect(
            try due("15 2 4 10 *", "Australia/Lord_Howe", "2026-10-01 00:00", "2026-10-10 00:00")
                == ["2026-10-03 15:30"])
        // 5 April 2026: 02:00 becomes 01:30 at 15:00 UTC on the fourth.
        #expect(
            try due("45 1 5 4 *", "Australia/Lord_Howe", "2026-04-01 00:00", "2026-04-10 00:00")
                == ["2026-04-04 14:45"])
        #expect(
            try due("45 * 5 4 *", "Australia/Lord_Howe", "2026-04-04 14:00", "2026-04-04 17:00")
                == ["2026-04-04 14:45", "2026-04-04 15:15", "2026-04-04 16:15"])
        // Samoa had no 30 December 2011: what was due then is due when the 31st begins, at 10:00 UTC.
        #expect(
            try due("0 5 * * *", "Pacific/Apia", "2011-12-29 00:00", "2012-01-01 00:00")
                == ["2011-12-29 15:00", "2011-12-30 10:00", "2011-12-30 15:00", "2011-12-31 15:00"])
        // Morocco's clocks go back for Ramadan: 15 February 2026, 03:00 becomes 02:00 at 02:00 UTC.
        #expect(
            try due("30 2 15 2 *", "Africa/Casablanca", "2026-02-01 00:00", "2026-03-01 00:00")
                == ["2026-02-15 01:30"])
        #expect(
            try due("0 0 24 11 *", "Asia/Kathmandu", "2026-11-01 00:00", "2026-12-01 00:00")
                == ["2026-11-23 18:15"])
    }

    @Test("years beyond a zone's table follow its rule")
    func beyondTheTable() throws {
        // Past 2037 no table of tzdata goes on: 27 March 2067 is the last Sunday of its month.
        #expect(
            try due("30 2 * 3 *", "Europe/Berlin", "2067-03-26 12:00", "2067-03-28 12:00")
                == ["2067-03-27 01:00", "2067-03-28 00:30"])
        let zone = try TimeZoneFile().rules(of: "America/New_York")
        #expect(zone.offset(at: try Moment.utc("2500-07-01 00:00")) == -4 * 3600)
        #expect(zone.offset(at: try Moment.utc("2500-01-01 00:00")) == -5 * 3600)
        #expect(zone.offset(at: .max) != 0 && zone.offset(at: .min) != 0)
    }
}
