import Bytes
import Config
import EventLoop
import RESP

/// Which link carries the session's requests.
extension Session {
    /// Whether bytes pass both ways unobserved.
    var isOpaque: Bool { isPinned && (link?.endsObservation ?? false) }

    /// Whether nothing is owed, so that the link or the state may change; if not, requests wait until it is
    /// so.
    func isIdleOrWaits() -> Bool {
        if inFlight == 0, holds.isEmpty { return true }
        wait = .replies
        return false
    }

    /// The link for the next request.
    @inline(__always)
    func currentLink() -> Link {
        if let link, link.isOpen, isPinned || inFlight > 0 { return link }
        if isSlow { return pinWhileSlow() }
        if worker.pinsEverybody { return pin(worker.isDedicated ? [.dedicated] : [.stall]) }
        let group = currentGroup()
        let shared = usesScriptLink ? worker.pool.scriptLink(in: group) : worker.pool.sharedLink(in: group)
        link = shared
        return shared
    }

    /// Whether a script, which may run for long, can be sent where nothing of others waits behind it; what
    /// the session sends while the script's reply is due goes the same way.
    func mayTakeScriptLink() -> Bool {
        guard !isPinned, inFlight > 0, let link, !link.isForScripts else { return true }
        wait = .replies
        return false
    }

    /// The link could not be opened as Redis is busy: the session has none now, and goes on.
    func abandonLink() {
        link = nil
        isPinned = false
    }

    /// Redis holds back no shared link any more.
    func stallEnded() {
        guard pinReasons.contains(.stall) else { return }
        pinReasons.remove(.stall)
        unpinIfPossible()
    }

    @inline(__always)
    private func currentGroup() -> LinkGroup {
        if let group, !group.isForgotten { return group }
        let found = worker.pool.group(key)
        group = found
        return found
    }

    /// Gives the session a link of its own. Nothing may be in flight on a shared one.
    @discardableResult
    func pin(_ reasons: PinReasons) -> Link {
        pinReasons.formUnion(reasons)
        if isPinned, let link, link.isOpen { return link }
        if let home = takeHome() { return home }
        let pinned = worker.pool.pinnedLink(key, for: self)
        link = pinned
        isPinned = true
        if !clientName.isEmpty { pinned.rename(clientName) }
        return pinned
    }

    /// Goes back to sharing when nothing needs the pinned link any more.
    func unpinIfPossible() {
        guard isPinned, pinReasons.isSubset(of: [.clientId]), inFlight == 0, streamed == nil, let link,
            link.inFlight == 0
        else { return }
        if pinReasons.isEmpty || !parkLink() { letGoOfLink() }
    }

    func letGoOfLink() {
        letGoOfHome()
        guard let link else { return }
        self.link = nil
        guard isPinned else { return }
        isPinned = false
        if inFlight > 0 || !pinReasons.isEmpty { link.isTainted = true }
        pinReasons = []
        pinsGranted = []
        worker.pool.release(link)
    }

    /// A reply has come, whole.
    @inline(__always)
    func replyEnded(on link: Link) {
        inFlight -= 1
        if replyMode != .on { replyMode = replyMode.afterReply }
        if inFlight == 0 { becameIdle() }
    }

    /// So many replies have come, whole, and go to the client as they are.
    @inline(__always)
    func repliesEnded(_ bytes: Span<UInt8>, count: Int) {
        inFlight -= count
        deliverPush(bytes)
        if inFlight == 0 { becameIdle() }
    }

    private func becameIdle() {
        if phase == .closed { return worker.forgetIfDone(self) }
        if isPinned, link?.isTainted == true, pinReasons.isSubset(of: [.dedicated]), !isOpaque {
            letGoOfLink()
        }
        if worker.isDraining { worker.drainLater(self) }
        if wait == .replies, holds.isEmpty { return resume() }
        finishIfDone()
    }

    /// The link closed before a reply came: the client sees what it would see if Redis went away.
    func replyLost(_ reason: LinkFailure) {
        inFlight -= 1
        if phase == .closed { return worker.forgetIfDone(self) }
        linkFailed(reason)
    }

    /// The pinned link closed, whether or not a reply was due.
    func pinnedLinkClosed(_ link: Link, _ reason: LinkFailure) {
        guard phase != .closed else { return }
        if home === link { return homeClosed() }
        guard self.link === link else { return }
        linkFailed(reason)
    }

    private func linkFailed(_ reason: LinkFailure) {
        guard phase == .open || phase == .finishing, link != nil else { return }
        if reason.sentNothing { return sayUnavailable(reason.description) }
        endWithLink()
    }

    /// Sends what had come before the link closed, and closes: as if Redis itself had gone away.
    private func endWithLink() {
        holds.removeAll()
        releaseHeld()
        phase = .finishing
        isPinned = false
        link = nil
        abandonPrepared()
        stream.closeAfterFlush()
    }

    /// Nothing is in flight on the pinned link, not even Freshet's own commands.
    func linkBecameIdle() {
        if wait == .replies, inFlight == 0, holds.isEmpty { return resume() }
        unpinIfPossible()
    }

    /// Tells the client why, once, and closes; what it had asked for was never sent.
    ///
    /// Replies that have come belong to what has happened: they leave first, once nothing holds them.
    private func sayUnavailable(_ reason: String) {
        deliverPush(Refusal.unavailable(reason).span)
        phase = .finishing
        wait = .nothing
        isPinned = false
        link = nil
        abandonPrepared()
        if holds.isEmpty { stream.closeAfterFlush() }
    }

    func linkDrained() {
        if wait == .link { worker.resumeLater(self) }
    }

    /// Goes on with requests if what they wait for has happened.
    func resumeIfPossible() {
        switch wait {
        case .nothing: return
        case .replies: guard inFlight == 0, holds.isEmpty else { return }
        case .link: if let link, link.isOpen, link.isCongested { return link.notifyWhenDrained(self) }
        case .records: guard isPrepared else { return }
        case .audit: return
        }
        resume()
    }

    // MARK: Forwarding

    /// Sends the request; its reply goes to the client, or to `task` if there is one.
    @inline(__always)
    func forward(_ request: borrowing Request, _ task: ReplyTask? = nil) -> Bool {
        forward(request, task, on: currentLink())
    }

    /// Each reply that is due takes memory, whether or not the client reads: no more are asked for at once.
    private static var maxInFlight: Int { 1 << 20 }

    /// The link for the next request; nil when requests must wait until it has sent some of what it has.
    @inline(__always)
    func linkWithRoom() -> Link? {
        let link = currentLink()
        return waitsForRoom(on: link) ? nil : link
    }

    @inline(__always)
    func waitsForRoom(on link: Link) -> Bool {
        // A link that somebody else took out of sharing carries nothing more of this session, whose next link
        // can only be had when nothing is due on this one.
        if inFlight >= Self.maxInFlight || (link.isTakenOut && !isPinned) {
            wait = .replies
            return true
        }
        guard link.isCongested else { return false }
        wait = .link
        link.notifyWhenDrained(self)
        return true
    }

    /// Sends the request on `link`, which `currentLink()` has named.
    @inline(__always)
    func forward(_ request: borrowing Request, _ task: ReplyTask?, on link: Link) -> Bool {
        if waitsForRoom(on: link) { return false }
        dispatch(request, task, on: link)
        return true
    }

    /// Sends the request on a link that was found to have room.
    @inline(__always)
    func dispatch(_ request: borrowing Request, _ task: ReplyTask?, on link: Link) {
        if request.isCanonical {
            link.send(request.bytes)
        } else if let rawLine {
            link.send(rawLine.span)
        } else if isPinned {
            link.hasPassedRaw = true
            link.send(request.bytes)
        } else {
            sendEncoded(request.bytes, request.arguments, on: link)
        }
        link.expect(self, task)
        inFlight += 1
    }

    private func sendEncoded(_ bytes: Span<UInt8>, _ arguments: Span<Argument>, on link: Link) {
        var encoded = ByteBuffer()
        RequestEncoder.append(arguments, of: bytes, into: &encoded)
        link.send(encoded.span)
    }

    /// Sends other bytes in place of a request; they are one request, whose reply goes to `task`.
    func substitute(_ request: ByteString, _ task: ReplyTask) -> Bool {
        guard let link = linkWithRoom() else { return false }
        link.send(request.span)
        link.expect(self, task)
        inFlight += 1
        return true
    }

    /// Answers `reply` where the reply to this request is due, although Redis never sees the request.
    func refuseInPlace(_ reply: ByteString) -> Bool { substitute(Refusal.placeholder, StandInReply(reply)) }
}

/// Puts other bytes in the place of Redis's reply.
final class StandInReply: ReplyTask {
    private let reply: ByteString

    init(_ reply: ByteString) { self.reply = reply }

    override var delivery: Delivery { .discard }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        let standIn = self.reply
        session?.deliver(standIn.span)
    }
}
