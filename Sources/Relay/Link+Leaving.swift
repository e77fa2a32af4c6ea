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

    /// Nobody sends on the link any more: it closes when those who still wait have their replies.
    ///
    /// Where its owner has gone, nobody waits for the owner's own; one may be to a command that blocks.
    func retire() {
        isRetired = true
        isTakenOut = true
        isTainted = true
        endsAfterOthers = placesShared > 0
        resumeReading()
        if expected.isEmpty { closeRetired() }
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
        if phase == .ready { stream?.shutdownWrite() } else { endsWhenReady = true }
    }

    /// From here on bytes pass both ways unobserved. Nothing but the handshake may be due.
    func becomeOpaque() {
        isTainted = true
        if expected.isEmpty { isOpaque = true } else { opaqueWhenIdle = true }
    }

    /// All who shared the link with its owner have their replies.
    func othersAreDone() {
        if endsAfterOthers { return closeRetired() }
        if passesOnEnd { endSending() }
    }
}
