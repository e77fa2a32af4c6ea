import Bytes
import Config
import EventLoop

/// Clients that read more slowly than Redis answers.
///
/// Past `client-output-limit` the session has a pinned link, which is not read until the client has caught
/// up; what Redis then holds back is Redis's to limit, as it is without a proxy. Requests go on being taken,
/// since a client may well send all of them before it reads its first reply.
///
/// The link on which the session is when that happens is taken out of sharing. Others whose replies are still
/// to come over it wait too, for `shared-stall-timeout` at most: from then on the link is read until they
/// have theirs, and what the slow client does not take is kept, within `buffer-limit`.
extension Session {
    /// Bytes that wait for the client: replies to be sent, and replies held back.
    var waitingOutput: Int { stream.output.count + held.count }

    /// Called when more waits than `client-output-limit` allows.
    func becameSlow() {
        guard phase != .closed else { return }
        if isStranger {
            worker.tally.limits.clientOutput &+= 1
            worker.noteClosedClient(self, "it has not logged in and does not read its replies")
            return close()
        }
        if !isSlow {
            isSlow = true
            worker.tally.limits.clientOutput &+= 1
            stream.tellWhenSent()
        }
        pauseLink()
    }

    /// Stops reading the session's link, which it has to itself from here on.
    private func pauseLink() {
        guard let link, link.isOpen, !link.isPaused else { return }
        if mustReadToLetGo(link) { return }
        if link.placesShared > 0, link.isReadForOthers { return }
        if !isPinned {
            // Another session may have taken the link out of sharing before.
            guard inFlight > 0, link.owner == nil, !link.isTakenOut else { return }
            worker.pool.adopt(link, for: self)
            isPinned = true
        }
        pinReasons.insert(.slow)
        link.pauseReading()
        watchStall(StallWatch(worker.loop, waiting: waitingOutput))
    }

    /// Whether a held reply waits for its own end, or for a command of Freshet's own that is behind it, on
    /// this very link.
    private func mustReadToLetGo(_ link: Link) -> Bool {
        !holds.isEmpty && (link.carriesOwnCommands || link.isAmidTask)
    }

    /// A pinned link for a session that is slow and has nothing in flight.
    func pinWhileSlow() -> Link {
        let link = pin([.slow])
        link.pauseReading()
        watchStall(StallWatch(worker.loop, waiting: waitingOutput))
        return link
    }

    /// Goes on if the client has taken enough of its replies.
    func recheckOutput() {
        guard phase != .closed else { return }
        guard waitingOutput <= worker.settings.clientOutputLimit else {
            // What waits may be what is held, whose end comes over the link.
            if let link, isPinned, link.isPaused, mustReadToLetGo(link) { link.resumeReading() }
            return
        }
        isSlow = false
        if pinReasons.contains(.slow) {
            pinReasons.remove(.slow)
            link?.resumeReading()
            unpinIfPossible()
        }
    }

    /// Sees to it that others do not wait too long, nor, if so configured, Freshet for the client.
    private func watchStall(_ watch: StallWatch) {
        worker.loop.timer(afterMilliseconds: StallWatch.intervalMilliseconds) { [weak self] in
            guard let self, phase != .closed, let link, link.isPaused else { return }
            checkStall(watch, link)
            if link.isPaused { watchStall(watch) }
        }
    }

    private func checkStall(_ watch: StallWatch, _ link: Link) {
        watch.look(waiting: waitingOutput)
        let limit = worker.settings.clientStallTimeout
        if limit > .zero, watch.stalledMilliseconds >= limit.milliseconds {
            worker.tally.limits.clientStall &+= 1
            giveUp("it read nothing for client-stall-timeout")
        } else if link.placesShared > 0,
            watch.pausedMilliseconds >= worker.settings.sharedStallTimeout.milliseconds
        {
            worker.tally.limits.sharedStall &+= 1
            link.readForOthers()
        }
    }

    private func giveUp(_ reason: String) {
        worker.noteClosedClient(self, reason)
        close()
    }
}

/// How long a link has been paused, and how long its client has taken none of its replies.
private final class StallWatch {
    static let intervalMilliseconds = 50

    private let loop: EventLoop
    private let began: UInt64
    private var since: UInt64
    private var waiting: Int

    init(_ loop: EventLoop, waiting: Int) {
        self.loop = loop
        self.waiting = waiting
        began = loop.nowMilliseconds
        since = began
    }

    var pausedMilliseconds: Int { Int(loop.nowMilliseconds - began) }
    var stalledMilliseconds: Int { Int(loop.nowMilliseconds - since) }

    /// Notes how much waits now: with every change the client has shown that it reads.
    func look(waiting now: Int) {
        if now != waiting { since = loop.nowMilliseconds }
        waiting = now
    }
}
