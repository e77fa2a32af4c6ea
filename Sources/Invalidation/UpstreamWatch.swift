import Hiredis
import Bytes
import Config
import EventLoop
import Logging
import Naming
import Relay

/// Asks the upstream every `probe-interval`: does it serve, is it the same Redis, is it still the master, did
/// it evict keys?
///
/// After a restart, a failover or an eviction, members of the index may be missing although their keys are
/// there. A probe without an answer for `probe-timeout` means that Redis hangs; links stay open, since
/// clients would wait for it without a proxy too.
final class UpstreamWatch {
    /// While Redis is a replica, every how many probes a new connection is made for the next one.
    private static let probesPerReplicaLink = 5
    /// Into how many parts `probe-timeout` is divided.
    private static let slices = 10
    private unowned let side: EngineSide
    private var engine: Engine { side.engine }
    private var last: Sighting?
    private var lastSeen: UInt64 = 0
    /// When the last probe began that found nothing amiss with the index.
    private(set) var lastWhole: UInt64 = 0
    private var isAsking = false
    /// Counts probes, so that a late timeout is not taken for the present one's.
    private var probes = 0

    init(side: EngineSide) { self.side = side }

    /// Whether Redis refuses writes because it is a replica.
    var isReadOnly: Bool { last?.isReadOnly ?? false }

    func start() {
        look()
        engine.loop.timer(afterMilliseconds: engine.settings.probeInterval.milliseconds) { [weak self] in
            self?.start()
        }
    }

    private func look() {
        guard !isAsking else { return }
        isAsking = true
        probes += 1
        let probe = probes
        let limit = engine.settings.probeTimeout
        waitForAnswer(to: probe, slices: Self.slices, limit.milliseconds / Self.slices)
        ask()
    }

    /// Counts the time without an answer in slices: one in which this loop itself stood still counts once,
    /// however long it took.
    private func waitForAnswer(to probe: Int, slices: Int, _ milliseconds: Int) {
        engine.loop.timer(afterMilliseconds: max(1, milliseconds)) { [weak self] in
            guard let self, isAsking, probe == probes else { return }
            if slices > 1 { return waitForAnswer(to: probe, slices: slices - 1, milliseconds) }
            side.probed("Redis has not answered for \(engine.settings.probeTimeout)")
        }
    }

    /// A link on which nothing else travels: what Redis holds back elsewhere does not hold up probes.
    private var link: Link { side.pool.ownLink(database: 0, lane: -1) }

    private func ask() {
        link.sendOwn(
            ["PING"],
            OwnReply { [weak self] result in
                guard let self else { return }
                guard case .success(let reply) = result else {
                    isAsking = false
                    return
                }
                let problem = Self.problem(reply)
                guard problem == nil else {
                    isAsking = false
                    return side.probed(problem)
                }
                askMore()
            })
    }

    /// What an answer says about the whole of Redis; an error about PING alone, such as NOPERM, says nothing.
    private static func problem(_ reply: ReplyValue) -> String? {
        guard case .error(let error) = reply else { return nil }
        let words = ["LOADING", "BUSY", "MASTERDOWN", "NOAUTH", "WRONGPASS", "DENIED", "CLUSTERDOWN"]
        return words.contains { error.text.hasPrefix($0) } ? "Redis says: \(error.text)" : nil
    }

    /// Why Freshet cannot work with a Redis that says this of itself.
    private static func problem(of fields: [String: String]) -> String? {
        guard fields["redis_mode"] == "cluster" else { return nil }
        return "Redis is part of a cluster (cluster-enabled yes), which Freshet does not support: scripts "
            + "and cascades would fail with CROSSSLOT"
    }

    private func askMore() {
        let began = engine.loop.nowMilliseconds
        fields(of: ["server", "stats", "replication"]) { [weak self] fields in
            guard let self else { return }
            isAsking = false
            side.probed(fields.flatMap(Self.problem(of:)))
            if let fields { saw(Sighting(fields), at: began) }
        }
    }

    /// Takes what a probe that began then has seen.
    private func saw(_ now: Sighting, at began: UInt64) {
        let last = last
        let seen = lastSeen
        self.last = now
        lastSeen = began
        if now.isReadOnly != (last?.isReadOnly ?? false) { side.conditionChanged() }
        followMaster(now, last)
        guard let last else { return lookAtIndex(at: began) }
        switch now.change(since: last) {
        case .none: lookForEvictions(now, last, at: began)
        case .replaced:
            side.upstreamReplaced(lastSeen: seen)
            lost("Redis was restarted or replaced", at: began)
        case .promoted:
            side.historyReplaced(lastSeen: seen)
            lost("Redis was promoted", at: began)
        }
    }

    /// The index may have lost members since the last probe that found it whole.
    private func lost(_ reason: String, at began: UInt64) {
        guard engine.conventions.usesIndex else { return }
        side.indexMayLackRecords(reason, since: lastWhole)
        lastWhole = began
    }

    /// Sets of the index never expire: policies that evict only what does leave them alone.
    private func lookForEvictions(_ now: Sighting, _ last: Sighting, at began: UInt64) {
        guard now.evictedKeys != last.evictedKeys, engine.conventions.usesIndex else {
            return lookAtIndex(at: began)
        }
        fields(of: ["memory"]) { [weak self] fields in
            let policy = fields?["maxmemory_policy"] ?? ""
            if policy.hasPrefix("volatile-") {
                self?.lookAtIndex(at: began)
            } else {
                self?.lost("Redis has evicted keys", at: began)
                // The marks may be among them.
                self?.side.indexWatch.look { _ in }
            }
        }
    }

    private func lookAtIndex(at began: UInt64) {
        guard engine.conventions.usesIndex else { return }
        side.indexWatch.look { [weak self] isWhole in
            guard let self else { return }
            if isWhole {
                lastWhole = began
                side.reconciler.startIfNeeded()
            } else {
                lost("sets of the index were deleted", at: began)
            }
        }
    }

    /// Links to a master that has become a replica are closed, and so are those to a replica once a master
    /// has been found.
    private func followMaster(_ now: Sighting, _ last: Sighting?) {
        if now.isReplica != (last?.isReplica ?? false) {
            if now.isReplica {
                engine.log.warning("Redis is a replica: it will refuse writes")
            } else {
                engine.log.notice("Redis is a master again")
            }
        }
        if let last, now.isReplica != last.isReplica, now.isReplica || now.runId != last.runId {
            engine.loop.atTickEnd { [side] in side.masterChanged() }
        } else if now.isReplica, probes % Self.probesPerReplicaLink == 0 {
            engine.loop.atTickEnd { [side] in side.pool.renew("looking for the master") }
        }
    }

    /// The databases that have keys; nil if Redis does not say.
    func databases(_ done: @escaping ([Int]?) -> Void) {
        info("keyspace") { fields in
            done(fields?.keys.compactMap { $0.hasPrefix("db") ? Int($0.dropFirst(2)) : nil }.sorted())
        }
    }

    /// The fields of some sections of INFO; nil if Redis does not tell one of them.
    private func fields(of sections: [ByteString], _ done: @escaping ([String: String]?) -> Void) {
        var all: [String: String]? = [:]
        var left = sections.count
        for section in sections {
            info(section) { fields in
                all = fields.flatMap { fields in all?.merging(fields) { $1 } }
                left -= 1
                if left == 0 { done(all) }
            }
        }
    }

    private func info(_ section: ByteString, _ done: @escaping ([String: String]?) -> Void) {
        link.sendOwn(
            ["INFO", section],
            OwnReply { result in
                guard case .success(.string(let bytes)) = result else { return done(nil) }
                var fields: [String: String] = [:]
                for line in bytes.bytes.split(whereSeparator: ASCII.endsLine) {
                    let parts = line.split(separator: ASCII.colon, maxSplits: 1)
                    guard parts.count == 2 else { continue }
                    let name = String(decoding: parts[0], as: UTF8.self)
                    fields[name] = String(decoding: parts[1], as: UTF8.self)
                }
                done(fields)
            })
    }
}
