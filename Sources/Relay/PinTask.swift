import Commands
import RESP

/// Waits for the reply to a command that changes the connection: an error has changed nothing.
final class PinTask: ReplyTask {
    private let reasons: PinReasons
    private let accepted: (Session) -> Void

    /// - Parameter accepted: what else is so once Redis has accepted the command.
    init(_ reasons: PinReasons, accepted: @escaping (Session) -> Void = { _ in }) {
        self.reasons = reasons
        self.accepted = accepted
    }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard let session else { return }
        if !reply.isError {
            session.pinsGranted.formUnion(reasons)
            accepted(session)
        }
        session.pinAnswered()
    }

    override func lost(_ session: Session?, reason: LinkFailure) { session?.pinAnswered() }
}

extension Session {
    /// Sends a command that changes the connection, if Redis accepts it, on a link of the session's own.
    func forwardPinned(
        _ request: borrowing Request, _ reasons: PinReasons, accepted: @escaping (Session) -> Void = { _ in }
    ) -> Bool {
        guard pinned(reasons), forward(request, PinTask(reasons, accepted: accepted)) else { return false }
        pinsAwaited += 1
        return true
    }

    /// What has been asked for and was not granted is no reason any more.
    func pinAnswered() {
        pinsAwaited -= 1
        if pinsAwaited == 0 { pinReasons.subtract(PinReasons.granted.subtracting(pinsGranted)) }
    }

    /// Redis has accepted what a transaction had queued.
    func grant(_ reasons: PinReasons) {
        pinsGranted.formUnion(reasons)
        pinReasons.formUnion(reasons)
    }

    /// What asks about tracking is answered alike on every link that is not the session's own: there is none.
    func routeTracking(_ request: borrowing Request) -> Bool {
        let isOff = request.count == 3 && request.matches(2, "OFF")
        let asks = request.facts.behaviour == .clientTrackingQuestion
        if !isPinned, home == nil, isOff || asks { return forward(request) }
        return asks ? forward(request) : forwardPinned(request, [.tracking])
    }

    /// Redis refuses SCRIPT DEBUG on a connection that has not taken all of its replies.
    func routeScriptDebug(_ request: borrowing Request) -> Bool {
        guard pinned([.administration]), let link else { return false }
        guard link.isReady, link.inFlight == 0 else {
            wait = .replies
            return false
        }
        let isOn = !request.matches(2, "NO")
        return forwardPinned(request, [.administration]) { $0.isDebugging = isOn }
    }
}
