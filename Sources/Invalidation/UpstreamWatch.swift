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
    private struct Sighting: Equatable {
        var runId = ""
        var evictedKeys = 0
        var isReplica = false
        /// Whether it refuses writes.
        var isReadOnly = false
        /// The name of the history that it and its replicas have in common.
        var replicationId = ""
    }

    /// While Redis is a replica, every how many probes a new connection is made for the next one.
    private static let probesPerReplicaLink = 5
    private unowned let side: EngineSide
    private var engine: Engine { side.engine }
    private var last: Sighting?
    private var lastSeen: UInt64 = 0
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
        engine.loop.timer(afterMilliseconds: limit.milliseconds) { [weak self] in
            guard let self, isAsking, probe == probes else { return }
            side.probed("Redis has not answered for \(limit)")
        }
        ask()
    }

    private func ask() {
        side.pool.ownLink(database: 0).sendOwn(
            ["PING"],
            OwnReply { [weak self] result in
                guard let self else { return }
                guard case .success(let reply) = result else {
                    isAsking = false
                    return
                }
                let problem = Self.problem(reply)
                side.probed(problem)
                if problem == nil { askMore() } else { isAsking = false }
            })
    }

    /// What an answer says about the whole of Redis; an error about PING alone, such as NOPERM, says nothing.
    private static func problem(_ reply: ReplyValue) -> String? {
        guard case .error(let error) = reply else { return nil }
        let words = ["LOADING", "BUSY", "MASTERDOWN", "NOAUTH", "WRONGPASS", "DENIED", "CLUSTERDOWN"]
        return words.contains { error.text.hasPrefix($0) } ? "Redis says: \(error.text)" : nil
    }

    private func askMore() {
        info("server") { [weak self] server in
            self?.info("stats") { [weak self] stats in
                self?.info("replication") { [weak self] replication in
                    guard let self else { return }
                    isAsking = false
                    guard let server, let stats else { return }
                    saw(
                        Sighting(
                            runId: server["run_id"] ?? "",
                            evictedKeys: Int(stats["evicted_keys"] ?? "") ?? 0,
                            isReplica: replication?["role"] == "slave",
                            isReadOnly: replication?["role"] == "slave"
                                && replication?["slave_read_only"] != "0",
                            replicationId: replication?["master_replid"] ?? ""))
                }
            }
        }
    }

    private func saw(_ sighting: Sighting) {
        let last = last
        let seen = lastSeen
        self.last = sighting
        lastSeen = engine.loop.nowMilliseconds
        followMaster(sighting, last)
        guard let last else { return }
        if last.runId != sighting.runId {
            side.upstreamReplaced(lastSeen: seen)
        } else if !sighting.isReplica,
            last.isReplica || last.replicationId != sighting.replicationId
        {
            side.historyReplaced(lastSeen: seen)
        }
        guard engine.conventions.usesIndex else { return }
        if last.runId != sighting.runId {
            side.health.suspect("Redis was restarted or replaced")
        } else if last.evictedKeys != sighting.evictedKeys {
            side.health.suspect("Redis has evicted keys")
        }
        side.reconciler.startIfNeeded()
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

    private func info(_ section: ByteString, _ done: @escaping ([String: String]?) -> Void) {
        side.pool.ownLink(database: 0).sendOwn(
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
