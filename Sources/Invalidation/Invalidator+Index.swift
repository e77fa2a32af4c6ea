import Bytes
import EventLoop
import Naming
import Relay

/// What the engine learns of a loop's use of the index.
extension Invalidator {
    /// The index sets of one Redis that cascades of this loop have relied on.
    public func consultedSets(at side: Side, since start: UInt64) -> ConsultedSets.Excerpt {
        consulted.excerpt(side, since: start)
    }

    /// Another look at all keys of a Redis begins.
    public func lookBegins(at side: Side) { consulted.lookBegins(side) }

    /// Has the engine know some of the index sets into which writes record.
    func sample(_ records: [Record], _ intent: WriteIntent) {
        guard samples.note(records, side, intent.targetDatabase ?? intent.database) else { return }
        worker.loop.timer(afterMilliseconds: SetSamples.delayMilliseconds) { [weak self] in
            guard let self else { return }
            let places = samples.take()
            engine.post { $0.recorded(places) }
        }
    }
}
