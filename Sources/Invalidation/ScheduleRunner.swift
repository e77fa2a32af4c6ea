import Alerts
import Audit
import Bytes
import EventLoop
import Hiredis
import Logging
import Metrics
import Naming
import Relay
import Schedules

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Runs the schedules of the configuration, once however many proxies share a Redis.
///
/// Every second it looks at the clock on the wall, so that a clock that jumps, forward or back, or a machine
/// that slept is noticed at once. What is due goes through a `ScheduleTrack`; what a run invalidates becomes
/// work in the engine's queue. Without Redis nothing is claimed: due times wait, and are caught up or left
/// out when it is back.
final class ScheduleRunner {
    /// What Redis says to a script.
    enum Answer {
        case parts([ReplyValue])
        /// The connection was lost, and with it the answer.
        case lost
        case refused(String)
    }

    /// How runs and due times without one ended, in the words of the metrics.
    enum Outcome: String {
        case onTime = "on-time"
        case caughtUp = "caught-up"
        /// Another run made up for it.
        case merged
        case skipped
        /// An operator asked for it.
        case asked
    }

    private static let tickMilliseconds = 1000

    unowned let engine: Engine
    /// This process, told from all others: host, process, and a number of its own.
    let holder: ByteString
    let times: ScheduleTimes
    var log: Logger { engine.log }
    private var tracks: [String: ScheduleTrack] = [:]
    private var timer: LoopTimer?
    /// Errors already told, by schedule, so that each is in the log once.
    private var toldErrors: [String: String] = [:]

    init(engine: Engine) {
        self.engine = engine
        times = ScheduleTimes(engine.metrics)
        holder = ByteString("\(Self.hostName):\(getpid()):\(ULID())")
    }

    private static var hostName: String {
        var name = [UInt8](repeating: 0, count: 256)
        let status = unsafe name.withUnsafeMutableBytes {
            unsafe gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count - 1)
        }
        let text = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        return status == 0 && !text.isEmpty ? text : "unknown"
    }

    /// Takes the schedules of a new configuration, and begins or ends to look at the clock.
    func adopt(_ schedules: [Schedule]) {
        let names = Set(schedules.map(\.name))
        for name in tracks.keys where !names.contains(name) {
            tracks[name] = nil
            times.forget(name)
        }
        for schedule in schedules {
            if let track = tracks[schedule.name] {
                track.adopt(schedule)
            } else {
                tracks[schedule.name] = ScheduleTrack(schedule, runner: self)
            }
        }
        if tracks.isEmpty {
            timer?.cancel()
            timer = nil
        } else if timer == nil {
            timer = engine.loop.timer(
                afterMilliseconds: Self.tickMilliseconds, everyMilliseconds: Self.tickMilliseconds
            ) { [weak self] in self?.tick() }
        }
    }

    func stop() {
        timer?.cancel()
        timer = nil
    }

    func tick() {
        guard engine.primary.isReachable else { return }
        for track in tracks.values { track.tick() }
    }

    /// When a schedule runs next as far as this proxy knows, in milliseconds since 1970.
    func next(_ name: String) -> Int64? { tracks[name]?.next }

    // MARK: For tracks

    func run(
        _ script: ByteString, _ key: ByteString, _ arguments: [ByteString],
        _ done: @escaping (Answer) -> Void
    ) {
        engine.primary.pool.ownLink(database: 0).sendOwn(
            ["EVAL", script, "1", key] + arguments,
            OwnReply { result in
                switch result {
                case .success(.array(let parts)): done(.parts(parts))
                case .success(.error(let error)): done(.refused(error.text))
                case .success: done(.refused("Redis answered with something else than the script returns"))
                case .failure: done(.lost)
                }
            })
    }

    /// Redis does not let the schedule be agreed about.
    func refused(_ schedule: Schedule, _ error: String) {
        guard toldErrors.updateValue(error, forKey: schedule.name) != error else { return }
        log.error(
            "a schedule cannot run: Redis refuses what proxies agree by",
            metadata: ["schedule": "\(schedule.name)", "reason": "\(error)"])
        engine.alerts.happened(
            .scheduleMissed, labels: ["schedule": schedule.name], detail: "Redis refuses: \(error)")
        var record = AuditRecord(.invalidate)
        record.command = Self.command(schedule)
        record.cause = Self.cause(schedule)
        record.outcome = .failed
        record.error = error
        engine.reporter.write(record)
        engine.alerts.happened(
            .scheduleMissed, labels: ["schedule": schedule.name], detail: "Redis refuses it: \(error)")
    }

    /// Tells of due times that have no run of their own.
    func report(_ backlog: Backlog, _ schedule: Schedule) {
        toldErrors[schedule.name] = nil
        count(schedule, .merged, backlog.merged)
        count(schedule, .skipped, backlog.skipped)
        let missed = backlog.merged + backlog.skipped + backlog.runs.count(where: \.isLate)
        if missed > 0 {
            engine.alerts.happened(
                .scheduleMissed, labels: ["schedule": schedule.name],
                detail: "\(missed) due times passed; \(backlog.skipped) of them have no run")
        }
        guard backlog.skipped > 0 else { return }
        let isWanted = schedule.catchUp == .skip
        let why = isWanted ? "catch-up skip" : "they are too old to be caught up"
        if !isWanted {
            engine.alerts.happened(
                .scheduleMissed, labels: ["schedule": schedule.name],
                detail: "\(backlog.skipped) times were left out: \(why)")
        }
        var record = AuditRecord(.invalidate)
        record.command = Self.command(schedule)
        record.cause = "\(Self.cause(schedule)): \(backlog.skipped) missed times were left out (\(why))"
        record.outcome = .refused
        engine.reporter.write(record)
        log.notice(
            "missed times of a schedule were left out",
            metadata: ["schedule": "\(schedule.name)", "count": "\(backlog.skipped)", "reason": "\(why)"])
    }

    /// Hands a run to the queue; `accepted` is called once it is safe there.
    func carryOut(_ schedule: Schedule, _ run: Backlog.Run, accepted: @escaping () -> Void) {
        count(schedule, run.isLate ? .caughtUp : .onTime, 1)
        let due = schedule.timetable.zone.text(of: run.due)
        log.info(
            "a schedule runs",
            metadata: ["schedule": "\(schedule.name)", "due": "\(due)", "late": "\(run.isLate)"])
        enqueue(schedule, note: run.isLate ? ", missed at \(due)" : "", actor: nil, accepted: accepted)
    }

    /// Runs a schedule now because somebody asked for it; what is due stays due.
    func runNow(_ schedule: Schedule, actor: AuditActor?, accepted: @escaping () -> Void) {
        count(schedule, .asked, 1)
        enqueue(schedule, note: ", asked for", actor: actor, accepted: accepted)
    }

    private func count(_ schedule: Schedule, _ outcome: Outcome, _ count: Int) {
        guard count > 0 else { return }
        engine.metrics.counter(.scheduleRuns, schedule.name, outcome.rawValue).add(UInt64(count))
    }

    private func enqueue(
        _ schedule: Schedule, note: String, actor: AuditActor?, accepted: @escaping () -> Void
    ) {
        let works = schedule.work(engine.conventions, cause: Self.cause(schedule) + note, actor: actor)
        let countdown = LoopBound(Countdown(works.count, accepted), loop: engine.loop)
        for var work in works {
            work.onAccepted.append { countdown.value.step() }
            engine.enqueueEverywhere(work)
        }
    }

    static func command(_ schedule: Schedule) -> String { "schedule \(schedule.name)" }

    /// `schedule nightly (proxy.conf:31)`
    static func cause(_ schedule: Schedule) -> String {
        "schedule \(schedule.name) (\(schedule.origin.place))"
    }
}

/// Calls a closure when so many things have happened.
private final class Countdown {
    private var open: Int
    private let body: () -> Void

    init(_ count: Int, _ body: @escaping () -> Void) {
        open = count
        self.body = body
    }

    func step() {
        open -= 1
        if open == 0 { body() }
    }
}
