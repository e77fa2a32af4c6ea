import Audit
import Bytes
import Invalidation
import Naming
import Schedules

/// FRESHET SCHEDULE: what is invalidated at fixed times.
extension AdminVerbs {
    static let scheduleFamily = Family(
        name: "SCHEDULE",
        help: [
            "SCHEDULE LIST",
            "    List the schedules: their times, last and next run, who runs them, what was missed.",
            "SCHEDULE RUN <name>",
            "    Run a schedule now; what is due stays due.",
        ],
        run: { verbs, arguments, call, done in verbs.schedule(arguments, call, done) })

    private func schedule(_ arguments: [ByteString], _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        guard let verb = arguments.first?.text.uppercased() else {
            return done(Self.wrongArity("freshet|schedule"))
        }
        switch verb {
        case "LIST":
            guard arguments.count == 1 else { return done(Self.wrongArity("freshet|schedule|list")) }
            engine.scheduleReports { reports in
                done(.list(reports.map { .pairs(Self.fields($0)) }))
            }
        case "RUN":
            guard arguments.count == 2 else { return done(Self.wrongArity("freshet|schedule|run")) }
            run(schedule: arguments[1], call, done)
        default:
            done(
                .error(
                    "ERR unknown subcommand '\(arguments[0].description)' of FRESHET SCHEDULE:"
                        + " expected LIST or RUN"))
        }
    }

    private func run(schedule name: ByteString, _ call: Call, _ done: @escaping (AdminReply) -> Void) {
        let actor = Self.actor(call)
        engine.runSchedule(named: name.text, actor: actor) { isThere in
            done(
                isThere
                    ? .status("OK")
                    : .error(
                        "ERR freshet: there is no schedule '\(name.description)'; see FRESHET SCHEDULE LIST"))
        }
    }

    private static func fields(_ report: ScheduleReport) -> [(String, AdminReply)] {
        let schedule = report.schedule
        func text(_ value: String?) -> AdminReply { .text(ByteString(value ?? "")) }
        return [
            ("name", text(schedule.name)),
            ("times", text(schedule.timetable.expression.text)),
            ("zone", text(schedule.timetable.zone.name)),
            ("catch-up", text(schedule.catchUp.rawValue)),
            ("targets", text(schedule.targets.map(\.text).joined(separator: " "))),
            ("line", text(schedule.origin.place)),
            ("next-run", text(report.next)),
            ("last-run", text(report.lastRun)),
            ("last-run-by", text(report.lastRunBy)),
            ("running-on", text(report.holder)),
            ("runs", .integer(report.runs)),
            ("missed", .integer(report.missed)),
            ("waiting", .integer(report.waiting)),
            ("redis", text(report.isComplete ? "reachable" : "unreachable")),
        ]
    }
}
