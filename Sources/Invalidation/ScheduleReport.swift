public import Audit
import Bytes
import Hiredis
public import Naming
import Relay
import Schedules

/// How a schedule is doing: what this proxy knows, and what all of them have agreed in Redis.
public struct ScheduleReport: Sendable {
    public var schedule: Schedule
    /// When it is due next; nil when nobody knows, or never.
    public var next: String?
    /// When it was run last, by whichever proxy.
    public var lastRun: String?
    /// Which proxy ran it last: host and process.
    public var lastRunBy: String?
    /// Which proxy is at a due time now.
    public var holder: String?
    /// Due times so far that had no run when they were due.
    public var missed: Int
    /// Runs so far.
    public var runs: Int
    /// Due times that wait to be run or left out.
    public var waiting: Int
    /// Whether Redis has said what the proxies have agreed; else those are unknown.
    public var isComplete: Bool
}

extension Engine {
    /// Tells how every schedule is doing, in the order of the configuration.
    public func scheduleReports(_ done: @escaping ([ScheduleReport]) -> Void) {
        let all = conventions.schedules
        guard !all.isEmpty, primary.isReachable else { return done(all.map { report($0, nil) }) }
        let link = primary.pool.ownLink(database: 0)
        var found: [Int: ScheduleReport] = [:]
        for (number, schedule) in all.enumerated() {
            let answer = OwnReply { [self] result in
                var fields: [ReplyValue]?
                if case .success(.array(let values)) = result, values.count == 7 { fields = values }
                found[number] = report(schedule, fields)
                if found.count == all.count { done(all.indices.compactMap { found[$0] }) }
            }
            link.sendOwn(
                ["HMGET", schedule.stateKey, "last", "ran", "by", "holder", "until", "missed", "runs"], answer
            )
        }
    }

    /// Runs a schedule now; `done` gets false when there is none of this name.
    ///
    /// It is called once the run is safe in the queue. What is due stays due.
    public func runSchedule(named name: String, actor: AuditActor, _ done: @escaping (Bool) -> Void) {
        guard let schedule = conventions.schedule(named: name) else { return done(false) }
        schedules.runNow(schedule, actor: actor) { done(true) }
    }

    private func report(_ schedule: Schedule, _ fields: [ReplyValue]?) -> ScheduleReport {
        let values = (fields ?? []).map(\.bytes)
        func number(_ index: Int) -> Int? { values.indices.contains(index) ? values[index]?.integer : nil }
        func text(_ seconds: Int64) -> String {
            schedule.timetable.zone.text(of: TimeZoneRules.clamped(seconds))
        }
        func proxy(_ index: Int) -> String? {
            guard values.indices.contains(index), let name = values[index]?.text else { return nil }
            let parts = name.split(separator: ":")
            return parts.count == 3 ? "\(parts[0]) (pid \(parts[1]))" : name
        }
        let now = ScheduleClock.wallMilliseconds
        let isClaimed = (number(4) ?? 0) > now
        let backlog = number(0).map { last in
            Backlog(
                of: schedule.timetable, after: Int64(last), now: now, catchUp: .skip, within: 0,
                delay: schedule.delay)
        }
        return ScheduleReport(
            schedule: schedule, next: schedules.next(schedule.name).map { text($0 / 1000) },
            lastRun: number(1).map { text(Int64($0)) }, lastRunBy: proxy(2),
            holder: isClaimed ? proxy(3) : nil, missed: number(5) ?? 0, runs: number(6) ?? 0,
            waiting: backlog.map { $0.skipped + $0.runs.count } ?? 0, isComplete: fields != nil)
    }
}
