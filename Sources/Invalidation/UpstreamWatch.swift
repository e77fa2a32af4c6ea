import Hiredis
import Bytes
import EventLoop
import Naming
import Relay

/// Looks at the upstream once a second: is it the same Redis, and did it evict keys?
///
/// After a restart, a failover or an eviction, members of the index may be missing although their keys are
/// there.
final class UpstreamWatch {
    private struct Sighting: Equatable {
        var runId = ""
        var evictedKeys = 0
    }

    private static let intervalMilliseconds = 1000
    private let engine: Engine
    private var last: Sighting?
    private var isAsking = false

    init(engine: Engine) { self.engine = engine }

    func start() {
        look()
        engine.loop.timer(
            afterMilliseconds: Self.intervalMilliseconds, everyMilliseconds: Self.intervalMilliseconds
        ) {
            [weak self] in self?.look()
        }
    }

    private func look() {
        guard !isAsking else { return }
        isAsking = true
        info("server") { [weak self] server in
            self?.info("stats") { [weak self] stats in
                guard let self else { return }
                isAsking = false
                guard let server, let stats else { return }
                saw(
                    Sighting(
                        runId: server["run_id"] ?? "", evictedKeys: Int(stats["evicted_keys"] ?? "") ?? 0))
            }
        }
    }

    private func saw(_ sighting: Sighting) {
        defer { last = sighting }
        guard let last, engine.conventions.usesIndex else { return }
        if last.runId != sighting.runId {
            engine.health.suspect("Redis was restarted or replaced")
        } else if last.evictedKeys != sighting.evictedKeys {
            engine.health.suspect("Redis has evicted keys")
        }
        engine.reconciler.startIfNeeded()
    }

    /// The databases that have keys; nil if Redis does not say.
    func databases(_ done: @escaping ([Int]?) -> Void) {
        info("keyspace") { fields in
            done(fields?.keys.compactMap { $0.hasPrefix("db") ? Int($0.dropFirst(2)) : nil }.sorted())
        }
    }

    private func info(_ section: ByteString, _ done: @escaping ([String: String]?) -> Void) {
        engine.pool.ownLink(database: 0).sendOwn(
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
