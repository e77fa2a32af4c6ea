import Schedules
import Testing

@Suite("Backlogs")
struct BacklogTests {
    /// Every hour, settled at 12:00 of the first of January 2026, looked at later.
    private func backlog(
        _ catchUp: CatchUp, now: String, seconds: Int64 = 0, within: Int64 = 86400, delay: Int = 0,
        settled: String = "2026-01-01 12:00"
    ) throws -> Backlog {
        Backlog(
            of: Timetable(try CronExpression("0 * * * *"), in: .utc), after: try Moment.utc(settled),
            now: (try Moment.utc(now) + seconds) * 1000, catchUp: catchUp, within: within,
            delay: { _ in delay })
    }

    private func runs(_ backlog: Backlog) -> [String] {
        backlog.runs.map { Moment.text($0.due, in: .utc).suffix(5) + ($0.isLate ? " late" : "") }
    }

    @Test("nothing is due before its time, nor before its delay has passed")
    func nothing() throws {
        for catchUp in CatchUp.allCases {
            let early = try backlog(catchUp, now: "2026-01-01 12:59", seconds: 59)
            #expect(early.latest == nil && early.runs.isEmpty && early.skipped == 0)
            let delayed = try backlog(catchUp, now: "2026-01-01 13:00", seconds: 29, delay: 30_000)
            #expect(delayed.latest == nil)
            let back = try backlog(catchUp, now: "2025-12-31 13:00")
            #expect(back.latest == nil, "a clock that was set back finds nothing due")
        }
    }

    @Test("what is due now is run whatever is said of missed times")
    func due() throws {
        for catchUp in CatchUp.allCases {
            let found = try backlog(catchUp, now: "2026-01-01 13:00", seconds: 60)
            #expect(runs(found) == ["13:00"])
            #expect(found.skipped == 0 && found.merged == 0)
            #expect(found.latest == (try Moment.utc("2026-01-01 13:00")))
            let delayed = try backlog(catchUp, now: "2026-01-01 13:01", seconds: 30, delay: 30_000)
            #expect(runs(delayed) == ["13:00"], "the delay does not make it late")
        }
    }

    @Test("missed times have one run, none, or one each")
    func missed() throws {
        let once = try backlog(.once, now: "2026-01-01 16:30")
        #expect(runs(once) == ["16:00 late"] && once.merged == 3 && once.skipped == 0)
        let skip = try backlog(.skip, now: "2026-01-01 16:30")
        #expect(runs(skip) == [] && skip.merged == 0 && skip.skipped == 4)
        #expect(skip.latest == (try Moment.utc("2026-01-01 16:00")))
        let all = try backlog(.all, now: "2026-01-01 16:30")
        #expect(runs(all) == ["13:00 late", "14:00 late", "15:00 late", "16:00 late"])
        let now = try backlog(.skip, now: "2026-01-01 16:00")
        #expect(runs(now) == ["16:00"] && now.skipped == 3)
    }

    @Test("what was missed too long ago is left out")
    func bound() throws {
        let once = try backlog(.once, now: "2026-01-01 16:30", within: 1700)
        #expect(runs(once) == [] && once.skipped == 4)
        #expect(once.latest == (try Moment.utc("2026-01-01 16:00")))
        let all = try backlog(.all, now: "2026-01-01 16:30", within: 2 * 3600)
        #expect(runs(all) == ["15:00 late", "16:00 late"] && all.skipped == 2)
    }

    @Test("neither runs nor counted times are without limit")
    func limits() throws {
        let all = try backlog(
            .all, now: "2026-01-31 12:30", within: 100 * 86400, settled: "2026-01-01 12:00")
        #expect(all.runs.count == Backlog.mostRuns && all.skipped == 720 - Backlog.mostRuns)
        #expect(all.runs.last?.due == all.latest)
        let years = try backlog(.once, now: "2046-01-01 12:30", within: 100 * 86400)
        #expect(years.runs.count == 1 && years.merged == Backlog.mostTimes - 1)
    }
}
