/// Due times that nobody has settled yet, and what is to be done with each.
///
/// A time is late when it is due for longer than `graceSeconds`: a proxy that takes over from another, or a
/// Redis that was restarted, does not make a run late.
public struct Backlog: Sendable, Equatable {
    /// One run that is to be made.
    public struct Run: Sendable, Equatable {
        /// Seconds since 1970.
        public var due: Int64
        public var isLate: Bool
    }

    public static let graceSeconds: Int64 = 60
    /// Runs that `CatchUp.all` makes at most; times before those are left out.
    public static let mostRuns = 100
    /// Times that are counted at most.
    public static let mostTimes = 1000

    /// What is to be run, oldest first.
    public var runs: [Run] = []
    /// Times that one of `runs` makes up for.
    public var merged = 0
    /// Times that are left out.
    public var skipped = 0
    /// The last of the due times: with it all are settled. Nil when nothing is due.
    public var latest: Int64?

    /// Looks at what is due after `settled` and up to now.
    ///
    /// - Parameters:
    ///   - settled: the last due time that was run or left out.
    ///   - now: in milliseconds.
    ///   - within: seconds for which a late time is still made up for.
    ///   - delay: milliseconds by which the run of a due time is put off.
    public init(
        of timetable: Timetable, after settled: Int64, now: Int64, catchUp: CatchUp, within: Int64,
        delay: (Int64) -> Int
    ) {
        let times = Self.times(timetable, settled, now, delay)
        guard let latest = times.first else { return }
        self.latest = latest
        func age(_ due: Int64) -> Int64 { now / 1000 - due - Int64(delay(due) / 1000) }
        let wanted = catchUp == .all ? times.prefix(Self.mostRuns) : times.prefix(1)
        for due in wanted {
            let isLate = age(due) > Self.graceSeconds
            if isLate, catchUp == .skip || age(due) > within { continue }
            runs.insert(Run(due: due, isLate: isLate), at: 0)
        }
        let others = times.count - runs.count
        if catchUp == .once, !runs.isEmpty { merged = others } else { skipped = others }
    }

    /// The due times, latest first.
    private static func times(
        _ timetable: Timetable, _ settled: Int64, _ now: Int64, _ delay: (Int64) -> Int
    ) -> [Int64] {
        var times: [Int64] = []
        var before = CivilTime.floorDivide(now, 1000) + 1
        while times.count < mostTimes, let due = timetable.previous(before: before), due > settled {
            before = due
            if due * 1000 + Int64(delay(due)) <= now { times.append(due) }
        }
        return times
    }
}
