import Bytes
import Hiredis
import Logging
import Naming
import Relay
import Schedules

/// One schedule on its way from one due time to the next.
///
///     unknown ─► waiting ─due─► asking ─claimed─► running ─accepted─► settled ─► waiting
///
/// A due time is claimed in Redis, where only one proxy gets it; its runs are handed to the queue; and once
/// the queue has them safe, it is settled in Redis. A proxy that dies in between leaves the time unsettled,
/// and another claims it when the claim has run out: a time may be run twice, but never not at all.
final class ScheduleTrack {
    private enum Phase: Equatable {
        /// What Redis knows has not been asked yet.
        case unknown
        case waiting
        /// A script is on its way.
        case asking
        /// The queue has not accepted all runs yet.
        case running(Claim)
        /// Everything is accepted, and Redis has yet to be told.
        case owing(Claim)
    }

    /// A claim and what became of it.
    struct Claim: Equatable {
        var token: Int
        /// The due time that settles all before it, too.
        var due: Int64
        var runs: Int
        var missed: Int
        /// When it was asked for or renewed last, by `ScheduleClock.bootMilliseconds`.
        var asked: Int64
    }

    /// How long a claim lasts, in milliseconds, and for how much of that its holder relies on it.
    static let leaseMilliseconds: Int64 = 10_000
    private static let reliedOnMilliseconds: Int64 = 6000
    /// After so long Redis is asked again, though nothing is due: it keeps the hash from expiring.
    private static let renewalMilliseconds: Int64 = 3_600_000
    /// An unused hash expires after so many seconds: longer than any missed time is made up for.
    private static let expirySeconds = 40 * 86400
    /// A settled time further in the future than so many seconds means that a clock was set back.
    private static let furthestSeconds: Int64 = 3 * 3600
    /// After an error that Redis answered with, the next attempt waits so long.
    private static let patienceMilliseconds: Int64 = 10_000

    private(set) var schedule: Schedule
    private unowned let runner: ScheduleRunner
    private var phase = Phase.unknown
    /// The last settled due time, as far as this proxy knows; 0 when it does not.
    private(set) var settled: Int64 = 0
    /// When the next run is due, in milliseconds since 1970; nil when nobody knows, or never.
    private(set) var next: Int64?
    private var notBefore: Int64 = 0
    private var asked: Int64 = 0

    init(_ schedule: Schedule, runner: ScheduleRunner) {
        self.schedule = schedule
        self.runner = runner
    }

    /// Takes the line as it is now; other times are agreed about anew.
    func adopt(_ schedule: Schedule) {
        let isOther = schedule.specification != self.schedule.specification
        self.schedule = schedule
        if isOther, phase == .waiting { phase = .unknown }
        reckon()
    }

    /// Does what is due; called every second and whenever Redis has become reachable.
    func tick() {
        let boot = ScheduleClock.bootMilliseconds
        guard boot >= notBefore else { return }
        let now = ScheduleClock.wallMilliseconds
        switch phase {
        case .unknown: ask(due: 0)
        case .waiting:
            let isBehind = settled > now / 1000 + Self.furthestSeconds
            if isBehind || boot - asked > Self.renewalMilliseconds { return ask(due: 0) }
            guard let next, now >= next, let latest = backlog(now).latest else { return }
            ask(due: latest)
        case .asking: break
        case .running(let claim):
            if boot - claim.asked > Self.reliedOnMilliseconds / 2 { keep(claim) }
        case .owing(let claim): settle(claim)
        }
    }

    private func backlog(_ now: Int64) -> Backlog {
        Backlog(
            of: schedule.timetable, after: settled, now: now, catchUp: schedule.catchUp,
            within: Int64(schedule.catchUpMilliseconds / 1000), delay: schedule.delay)
    }

    private func reckon() {
        let due = settled == 0 ? nil : schedule.timetable.next(after: settled)
        next = due.map { $0 * 1000 + Int64(schedule.delay(of: $0)) }
        runner.times.note(schedule.name, next: next)
    }

    // MARK: Claiming

    private func ask(due: Int64) {
        phase = .asking
        asked = ScheduleClock.bootMilliseconds
        let now = ScheduleClock.wallMilliseconds / 1000
        let specification = schedule.specification
        let numbers = [
            Int64(Self.expirySeconds), Self.furthestSeconds,
        ]
        let arguments: [ByteString] =
            [runner.holder, ByteString("\(Self.leaseMilliseconds)"), ByteString("\(now)")]
            + [ByteString(specification), ByteString("\(settled)"), ByteString("\(due)")]
            + numbers.map { ByteString("\($0)") }
        runner.run(ScheduleScript.claim, schedule.stateKey, arguments) { [weak self] reply in
            self?.answered(reply, due: due, isSame: self?.schedule.specification == specification)
        }
    }

    private func answered(_ reply: ScheduleRunner.Answer, due: Int64, isSame: Bool) {
        phase = settled == 0 || !isSame ? .unknown : .waiting
        guard case .parts(let parts) = reply, parts.count == 5, let last = parts[1].integer else {
            return failed(reply)
        }
        guard isSame else { return }
        settled = TimeZoneRules.clamped(Int64(last))
        phase = .waiting
        reckon()
        guard parts[0].bytes == "claimed", let token = parts[2].integer else { return }
        let age = ScheduleClock.bootMilliseconds - asked
        guard age < Self.reliedOnMilliseconds else {
            runner.log.warning(
                "a claim was answered too late and is left to others",
                metadata: ["schedule": "\(schedule.name)", "milliseconds": "\(age)"])
            return
        }
        begin(token: token, due: due)
    }

    private func failed(_ reply: ScheduleRunner.Answer) {
        guard case .refused(let error) = reply else { return }
        notBefore = ScheduleClock.bootMilliseconds + Self.patienceMilliseconds
        runner.refused(schedule, error)
    }

    // MARK: Running

    private func begin(token: Int, due: Int64) {
        let backlog = backlog(ScheduleClock.wallMilliseconds)
        let missed = backlog.merged + backlog.skipped + backlog.runs.count(where: \.isLate)
        let claim = Claim(
            token: token, due: max(due, backlog.latest ?? due), runs: backlog.runs.count, missed: missed,
            asked: asked)
        runner.report(backlog, schedule)
        guard !backlog.runs.isEmpty else { return settle(claim) }
        phase = .running(claim)
        var open = backlog.runs.count
        for run in backlog.runs {
            runner.carryOut(schedule, run) { [weak self] in
                open -= 1
                if open == 0 { self?.accepted(token) }
            }
        }
    }

    private func accepted(_ token: Int) {
        guard case .running(let claim) = phase, claim.token == token else { return }
        settle(claim)
    }

    /// Makes the claim last while the queue takes its time.
    private func keep(_ claim: Claim) {
        var claim = claim
        claim.asked = ScheduleClock.bootMilliseconds
        phase = .running(claim)
        send(claim, due: 0) { _ in }
    }

    // MARK: Settling

    private func settle(_ claim: Claim) {
        phase = .asking
        send(claim, due: claim.due) { [weak self] reply in self?.settled(claim, reply) }
    }

    private func send(_ claim: Claim, due: Int64, _ done: @escaping (ScheduleRunner.Answer) -> Void) {
        let now = ScheduleClock.wallMilliseconds / 1000
        let numbers = [
            Int64(claim.token), due, Self.leaseMilliseconds, now, Int64(claim.runs), Int64(claim.missed),
        ]
        runner.run(
            ScheduleScript.settle, schedule.stateKey,
            [runner.holder] + numbers.map { ByteString("\($0)") }, done)
    }

    private func settled(_ claim: Claim, _ reply: ScheduleRunner.Answer) {
        guard case .parts(let parts) = reply, parts.count == 2, let last = parts[1].integer else {
            phase = .owing(claim)
            return failed(reply)
        }
        if parts[0].bytes == "lost" {
            runner.log.warning(
                "a schedule's claim was lost before it was settled: another proxy may run it as well",
                metadata: ["schedule": "\(schedule.name)"])
        }
        settled = max(TimeZoneRules.clamped(Int64(last)), claim.due)
        phase = .waiting
        reckon()
    }
}
