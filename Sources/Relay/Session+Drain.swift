import EventLoop

/// How a session ends when the proxy is about to stop.
extension Session {
    /// How long who has just connected may take to say what he wants.
    static let graceMilliseconds = 1000

    /// Ends the session if nothing is owed to it.
    ///
    /// A blocked, subscribed or unobserved client has no end of its own and is closed at once. Requests that
    /// have come are answered, an open transaction may come to its end, and a client that has just connected
    /// gets a moment, unless it `isLate`.
    func drain(isLate: Bool) {
        guard phase == .open, !hasEnded else { return }
        if blocked > 0 || isOpaque || pinReasons.contains(.subscription) { return finishNow() }
        guard inFlight == 0, holds.isEmpty, wait == .nothing, hasNoInput, transaction == nil else { return }
        let isNew = worker.loop.nowMilliseconds &- openedMilliseconds < UInt64(Self.graceMilliseconds)
        if isNew, !isLate { return }
        if stream.hasUnreadInput { return }
        finishNow()
    }
}
