import Audit
import Bytes
import Config
import EventLoop
import Hiredis
import Metrics
import Relay

/// How fast the engine removes keys from one Redis.
///
/// Two bounds: `drain-rate`, and what Redis's latency allows. While others than Freshet use Redis, keys go in
/// small batches at a rate that grows slowly as long as Redis answers about as fast as without a drain, and
/// falls at once when it does not. Where nobody else is there, nobody has to wait, and there is no bound.
final class DrainPace {
    private static let gentleBatch = 40
    private static let probeMilliseconds = 10
    private static let lookMilliseconds = 200
    private static let recalibrateMilliseconds = 2000
    private static let calmProbes = 5
    /// Commands a second of others from which on they count.
    private static let quietCommands = 200.0

    private unowned let side: EngineSide
    private var settings: Settings { side.engine.settings }
    private var loop: EventLoop { side.engine.loop }
    /// Cascades that drain.
    private(set) var active = 0
    private var feedback = LatencyFeedback()
    private var bucket = KeyBucket()
    private var waiting: [() -> Void] = []
    private var isWaking = false
    /// Whether it is known by now whether others use Redis, and how fast it answers.
    private var isReady = false
    private var isGentle = false
    private var isProbing = false
    private var ownCommands = 0
    private var lastLook: (commands: Int, own: Int, nanoseconds: Int64)?

    init(side: EngineSide) { self.side = side }

    /// How many keys one command may name.
    var batch: Int { isGentle ? min(Self.gentleBatch, settings.drainBatch) : settings.drainBatch }

    /// Keys per second; nil when there is no bound.
    private var rate: Double? {
        let bound = settings.drainRate > 0 ? Double(settings.drainRate) : nil
        guard isGentle else { return bound }
        return min(bound ?? .infinity, feedback.rate)
    }

    // MARK: Cascades

    func begin() {
        active += 1
        guard active == 1 else { return }
        bucket = KeyBucket()
        isReady = settings.drainLatency == 0
        if !isReady { look() }
    }

    func end() {
        active -= 1
        guard active == 0 else { return }
        isGentle = false
        lastLook = nil
        side.engine.metrics.gauge(.drainLimit).set(0)
    }

    /// How many keys may go now, at most `wanted`.
    func grant(_ wanted: Int) -> Int {
        guard isReady else { return 0 }
        return bucket.take(min(wanted, batch), rate: rate, now: AuditTime.now().monotonicNanoseconds)
    }

    /// Whether it is known that nobody has to wait, and no rate is set.
    var isUnbounded: Bool { isReady && !isGentle && settings.drainRate == 0 }

    /// Counts commands of a drain, as Redis does: those of a script as well.
    func sent(_ commands: Int) { ownCommands += commands }

    /// Gives back what was granted and not used, or takes what was used beyond that.
    func settle(used: Int, granted: Int) { bucket.giveBack(granted - used) }

    /// Calls `body` once when keys may go again.
    func whenGranted(_ body: @escaping () -> Void) {
        waiting.append(body)
        guard !isWaking, isReady else { return }
        isWaking = true
        loop.timer(afterMilliseconds: bucket.waitMilliseconds(rate: rate)) { [weak self] in
            self?.isWaking = false
            self?.wake()
        }
    }

    private func wake() {
        var bodies: [() -> Void] = []
        swap(&bodies, &waiting)
        for body in bodies { body() }
    }

    // MARK: Others

    /// Looks whether others use Redis.
    private func look() {
        ownCommands += 1
        side.pool.ownLink(database: 0, lane: DrainLane.probe).sendOwn(
            ["INFO", "stats"],
            OwnReply { [weak self] result in
                guard let self, active > 0 else { return }
                saw(InfoFields(result))
                loop.timer(afterMilliseconds: Self.lookMilliseconds) { [weak self] in
                    guard let self, active > 0 else { return }
                    look()
                }
            })
    }

    private func saw(_ fields: InfoFields) {
        let now = AuditTime.now().monotonicNanoseconds
        let commands = fields["total_commands_processed"] ?? 0
        var others = Double(fields["instantaneous_ops_per_sec"] ?? 0)
        if let last = lastLook {
            let seconds = max(0.001, Double(now - last.nanoseconds) / 1e9)
            others = (Double(commands) - Double(last.commands) - Double(ownCommands - last.own)) / seconds
        }
        lastLook = (commands, ownCommands, now)
        let isQuiet = others < Self.quietCommands
        if isQuiet {
            isGentle = false
            ready()
        } else if !isGentle {
            isGentle = true
            feedback = LatencyFeedback()
            calibrate()
        }
    }

    private func ready() {
        isReady = true
        side.engine.metrics.gauge(.drainLimit).set(rate ?? 0)
        wake()
    }

    // MARK: Latency

    /// Measures how fast Redis answers while nothing is drained.
    private func calibrate() {
        isReady = false
        feedback.forgetCalm()
        loop.timer(afterMilliseconds: 2) { [weak self] in self?.calibrateOnce(Self.calmProbes) }
        loop.timer(afterMilliseconds: Self.recalibrateMilliseconds) { [weak self] in
            guard let self, active > 0, isGentle, isReady else { return }
            calibrate()
        }
    }

    private func calibrateOnce(_ left: Int) {
        guard active > 0, isGentle, left > 0 else {
            ready()
            return probe()
        }
        ping { [weak self] nanoseconds in
            self?.feedback.calm(nanoseconds)
            self?.calibrateOnce(left - 1)
        }
    }

    private func probe() {
        guard !isProbing, active > 0, isGentle else { return }
        isProbing = true
        loop.timer(afterMilliseconds: Self.probeMilliseconds) { [weak self] in
            guard let self else { return }
            isProbing = false
            guard active > 0, isGentle else { return }
            guard isReady else { return probe() }
            ping { [weak self] nanoseconds in
                guard let self else { return }
                feedback.measured(nanoseconds, percent: settings.drainLatency)
                side.engine.metrics.gauge(.drainLimit).set(rate ?? 0)
                probe()
            }
        }
    }

    private func ping(_ done: @escaping (_ nanoseconds: Int64) -> Void) {
        let sent = AuditTime.now().monotonicNanoseconds
        ownCommands += 1
        side.pool.ownLink(database: 0, lane: DrainLane.probe).sendOwn(
            ["PING"], OwnReply { _ in done(AuditTime.now().monotonicNanoseconds - sent) })
    }
}

/// The links of background work.
enum DrainLane {
    /// Where Redis's latency is measured.
    static let probe = 100
    /// Where keys are removed that were read on another link; its number is added.
    static let removal = 200
}

/// Numbers of an answer to INFO.
private struct InfoFields {
    private var numbers: [String: Int] = [:]

    init(_ result: Result<ReplyValue, LinkFailure>) {
        guard case .success(.string(let text)) = result else { return }
        for line in text.bytes.split(whereSeparator: ASCII.endsLine) {
            let parts = line.split(separator: ASCII.colon, maxSplits: 1)
            guard parts.count == 2, let number = ASCII.integer(Array(parts[1]).span) else { continue }
            numbers[String(decoding: parts[0], as: UTF8.self)] = number
        }
    }

    subscript(name: String) -> Int? { numbers[name] }
}
