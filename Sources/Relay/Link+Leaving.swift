import Bytes
import EventLoop

/// How a link leaves sharing, and how its use ends.
extension Link {
    /// Reads on, whether or not the owner does, until those who shared the link have their replies.
    func readForOthers() {
        isReadForOthers = true
        resumeReading()
    }

    /// The link was shared; from here on only `session` sends on it.
    func becomePinned(to session: Session) {
        role = .pinned
        owner = session
        isTakenOut = true
        isReadForOthers = false
        placesShared = 1 + (expected.lastIndex { $0.concernsOthers(than: session) } ?? -1)
    }

    /// Nobody sends on the link any more: it closes when all replies that are due have come.
    ///
    /// Those of an owner that has gone are among them: only they tell whether its last writes happened.
    func retire() {
        isRetired = true
        isTakenOut = true
        isTainted = true
        resumeReading()
        if expected.isEmpty { closeRetired() } else { giveUpBlocking() }
    }

    /// Tells Redis that the owner has gone where the next reply may never come, because its command blocks.
    ///
    /// Not before: Redis drops what it has not sent yet when it learns of a client's end.
    func giveUpBlocking() {
        if expected.first.task is BlockingTask { endSending() }
    }

    func closeRetired() {
        fail(LinkFailure("the link is no longer needed", sentNothing: false))
    }

    /// Whether the owner's requests are no longer looked at.
    var endsObservation: Bool { isOpaque || opaqueWhenIdle }

    /// Tells Redis that nothing more will be sent, after what waits; it will close the connection, so no
    /// other session may have the link, even if all replies came before that.
    func endSending() {
        isTainted = true
        passesOnEnd = placesShared > 0
        if passesOnEnd { return }
        hasEndedSending = true
        if phase == .ready { stream?.shutdownWrite() } else { endsWhenReady = true }
    }

    /// From here on bytes pass both ways unobserved. Nothing but the handshake may be due.
    func becomeOpaque() {
        isTainted = true
        if expected.isEmpty { isOpaque = true } else { opaqueWhenIdle = true }
    }

    /// All who shared the link with its owner have their replies.
    func othersAreDone() {
        if passesOnEnd { endSending() }
    }
}
