import Hiredis
import Bytes
import Config
import EventLoop
import Metrics
import Relay

/// Walks through all keys of a database with SCAN, no faster than `reconcile-rate`.
final class KeyScan {
    private unowned let side: EngineSide
    private var engine: Engine { side.engine }
    private let database: Int
    private static let batch: ByteString = "500"
    private var cursor: ByteString = "0"
    private(set) var seen = 0
    private let startedMilliseconds: UInt64
    private var isStopped = false

    init(side: EngineSide, database: Int) {
        self.side = side
        self.database = database
        startedMilliseconds = side.engine.loop.nowMilliseconds
    }

    func stop() { isStopped = true }

    /// Gathers what `select` makes of each batch of keys, without those of the index.
    func run<Element>(
        _ select: @escaping ([ByteString]) -> [Element],
        onEnd: @escaping ([Element], _ failure: String?) -> Void
    ) {
        var found: [Element] = []
        forEachBatch { keys, done in
            found += select(keys)
            done(nil)
        } onEnd: { failure in
            onEnd(found, failure)
        }
    }

    /// Hands over one batch of keys after the other; the next is read when `done` is called, without a
    /// failure.
    func forEachBatch(
        _ body: @escaping ([ByteString], _ done: @escaping (String?) -> Void) -> Void,
        onEnd: @escaping (String?) -> Void
    ) {
        guard !isStopped else { return onEnd("stopped") }
        side.pool.ownLink(database: database).sendOwn(
            ["SCAN", cursor, "COUNT", Self.batch],
            OwnReply { [self] result in
                guard case .success(.array(let parts)) = result, parts.count == 2, let next = parts[0].bytes,
                    let elements = parts[1].elements
                else { return onEnd(Self.failure(result)) }
                cursor = next
                let keys = elements.compactMap(\.bytes)
                seen += keys.count
                engine.metrics.counter(.reconcileKeys).add(UInt64(keys.count))
                body(keys) { [self] failure in
                    if let failure { return onEnd(failure) }
                    if cursor == "0" { return onEnd(nil) }
                    wait { self.forEachBatch(body, onEnd: onEnd) }
                }
            })
    }

    /// Waits until the keys seen so far are no more than the rate allows.
    private func wait(_ next: @escaping () -> Void) {
        let elapsed = Int(engine.loop.nowMilliseconds - startedMilliseconds)
        let due = seen * 1000 / max(1, engine.settings.reconcileRate)
        if due > elapsed {
            engine.loop.timer(afterMilliseconds: due - elapsed, next)
        } else {
            engine.loop.atTickEnd(next)
        }
    }

    static func failure(_ result: Result<ReplyValue, LinkFailure>) -> String {
        switch result {
        case .failure(let reason): "connection lost: \(reason)"
        case .success(.error(let error)): error.text
        case .success: "Redis answered with something unexpected"
        }
    }
}
