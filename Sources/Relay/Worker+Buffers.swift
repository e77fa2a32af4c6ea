import Bytes
import Config
import EventLoop
import Logging

/// The budget of all buffers together: clients are refused and closed before the system kills the process.
extension Worker {
    /// Adds up what all buffers hold and, past `buffer-limit`, closes the newest clients that hold any of it.
    ///
    /// Meant to be called a few times a second. What one client may hold is limited by itself, so the sum
    /// grows no faster than clients come.
    public func checkBuffers() {
        let traffic = tally.clientBytesIn &+ tally.upstreamBytesIn
        // What is waiting may leave without anything coming.
        guard traffic != trafficWhenChecked || bufferedBytes > 0 || isOverBufferLimit else { return }
        trafficWhenChecked = traffic
        let limit = settings.bufferLimit / max(1, settings.workers)
        var sum = pool.bufferedBytes
        for session in sessions.values { sum += session.bufferedBytes }
        if sum > limit { sum -= shed(sum - limit) }
        bufferedBytes = sum
        isOverBufferLimit = sum > limit
    }

    /// Closes clients, the newest first, until they gave back so many bytes; returns how many that were.
    private func shed(_ excess: Int) -> Int {
        var freed = 0
        var closed = 0
        let newestFirst = sessions.values.filter { $0.ownedBytes > 0 }.sorted { $0.number > $1.number }
        for session in newestFirst where freed < excess {
            freed += session.ownedBytes
            closed += 1
            session.close()
        }
        tally.limits.buffers &+= 1
        log.error(
            "buffer-limit reached: the newest clients with waiting bytes were closed",
            metadata: [
                "closed": "\(closed)", "freed-bytes": "\(freed)", "limit-bytes": "\(settings.bufferLimit)",
            ])
        return freed
    }

    /// Says why a client that did not read was closed.
    func noteClosedClient(_ session: Session, _ reason: String) {
        log.warning(
            "closed a client that does not read its replies",
            metadata: [
                "client": "\(session.stream.peer)", "reason": "\(reason)",
                "waiting-bytes": "\(session.waitingOutput)",
            ])
    }
}
