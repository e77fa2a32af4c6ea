import Bytes
import Hiredis
import Relay

/// Waits until Redis has surely read what lay in its buffers for connections that are closed.
///
/// Redis reads from every connection that has something, at most 16 KiB each, in one turn of its loop, and
/// answers a PING no sooner than in the turn after the last answer. So many answers in a row are more turns
/// than a link's pending output (`client-pipeline-limit`) can take.
final class Fence {
    private let side: EngineSide
    private var turns: Int
    private let done: () -> Void

    init(_ side: EngineSide, pendingBytes: Int, _ done: @escaping () -> Void) {
        self.side = side
        turns = pendingBytes / 16_384 + 16
        self.done = done
    }

    /// Calls `done` at the end, and not at all when Redis goes away.
    func run() {
        guard turns > 0 else { return done() }
        turns -= 1
        side.pool.ownLink(database: 0).sendOwn(
            ["PING"],
            OwnReply { [self] result in
                if case .success = result { run() }
            })
    }
}
