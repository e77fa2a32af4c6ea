public import Bytes
import Config
public import EventLoop
import RESP

/// A connection to Redis: commands go out pipelined, replies come back in the same order.
///
/// The queue of expected replies is the only thing that decides who gets a reply. A reply that nobody waits
/// for, bytes that are no RESP, or a closed socket end the link and everything that waits on it; it is never
/// used again.
///
///     connecting ── handshake bytes first, commands wait in `backlog` ──► ready ──► closed
public final class Link: StreamHandler {
    public enum Role: String, Sendable { case shared, pinned, engine }
    enum Phase { case connecting, handshaking, ready, closed }

    public internal(set) var key: GroupKey
    var role: Role
    unowned let pool: LinkPool
    /// The only session that uses a pinned link.
    weak var owner: Session?
    private(set) var phase = Phase.connecting
    private(set) var stream: Stream?
    /// Whether the connection's state cannot be vouched for, so that no other session may have it.
    var isTainted = false
    /// Whether bytes went out that no encoder writes so: should Redis read them otherwise than Freshet does,
    /// only the session that sent them may see it.
    var hasPassedRaw = false
    /// Whether bytes flow to the owner unobserved, because no accounting of replies is possible any more.
    var isOpaque = false
    /// Subscriptions of the owner, once it has asked for any.
    var subscriptions: Subscriptions?
    /// Whether Redis asks for a login that the link does not have; who speaks on it mutates nothing.
    var isLoggedOut = false
    /// Whether it is being opened, so that its failure says something about Redis.
    var isAttempt = false
    /// The name given to the connection on behalf of its owner.
    var clientName: ByteString = ""

    /// Whether the link is not read, because its owner does not read either.
    private(set) var isPaused = false
    /// How many places at the front of the queue include some of others than the owner: more than none while
    /// a link that was taken out of sharing still has replies for those who shared it.
    var placesShared = 0
    /// Whether the link is read although its owner is slow, until `placesShared` is none.
    var isReadForOthers = false
    /// Whether the link was shared once and is not any more: who shared it sends nothing on it again.
    var isTakenOut = false
    /// Whether the link closes as soon as nothing is due any more.
    var isRetired = false
    /// Whether Redis has been told that nothing more will be sent.
    var hasEndedSending = false
    /// Whether Redis is to be told of the owner's end once others have their replies.
    var passesOnEnd = false
    var opaqueWhenIdle = false
    /// Whether only scripts, and what their senders send meanwhile, travel on the link.
    var isForScripts = false
    /// Whether Redis regards the connection as logged in although it sent no credentials.
    var isLoggedIn = false
    /// All bytes that have come, for whoever watches whether any come.
    private(set) var bytesIn = 0
    /// What the watch saw last.
    var sighting = LinkSighting()
    var endsWhenReady = false
    var expected = Ring<ExpectedReply>()
    var scanner: ReplyScanner
    var hasBegun = false
    /// Whether the frame that has begun to arrive may be a message as well as the reply that is due.
    var isUndecided = false
    var collected = ByteBuffer()
    private(set) var backlog = ByteBuffer()
    private var handshakeReplies = 0
    private var congested: [Session] = []

    init(key: GroupKey, role: Role, pool: LinkPool) {
        self.key = key
        self.role = role
        self.pool = pool
        scanner = ReplyScanner(maxDepth: pool.settings.maxReplyDepth)
    }

    var isOpen: Bool { phase != .closed }
    var isReady: Bool { phase == .ready }
    /// Replies still to come.
    public var inFlight: Int { expected.count }
    var pendingOutput: Int { backlog.count + (stream?.output.count ?? 0) }
    /// Whether so much waits to be sent that senders should wait.
    var isCongested: Bool { pendingOutput > pool.settings.clientPipelineLimit }

    /// Bytes of memory that the link's buffers hold.
    var bufferedBytes: Int {
        backlog.allocatedByteCount + collected.allocatedByteCount + (stream?.output.allocatedByteCount ?? 0)
            + expected.excessByteCount
    }

    // MARK: Sending

    /// Appends bytes that are whole requests; they leave at the end of the tick.
    @inline(__always)
    func send(_ bytes: Span<UInt8>) {
        if phase == .ready, let stream {
            stream.output.append(bytes)
            stream.scheduleFlush()
        } else {
            backlog.append(bytes)
        }
    }

    /// Lets `write` append requests; they leave at the end of the tick.
    public func send(_ write: (inout ByteBuffer) -> Void) {
        if phase == .ready, let stream {
            write(&stream.output)
            stream.scheduleFlush()
        } else {
            write(&backlog)
        }
    }

    /// Takes the next place in the queue of replies.
    @inline(__always)
    func expect(_ session: Session?, _ task: ReplyTask?) {
        expected.append(ExpectedReply(session, task))
    }

    /// Asks to be told when the link can take more.
    func notifyWhenDrained(_ session: Session) {
        congested.append(session)
        if phase == .ready { stream?.tellWhenSent() }
    }

    /// Leaves replies with Redis until `resumeReading()`; those to the handshake still come.
    func pauseReading() {
        isPaused = true
        if phase == .ready { stream?.pauseReading() }
    }

    func resumeReading() {
        isPaused = false
        if phase == .ready { stream?.resumeReading() }
    }

    /// Whether a reply is due for which a cascade waits.
    var carriesOwnCommands: Bool { expected.contains { $0.session == nil && $0.concernsOthers(than: nil) } }

    /// Whether a part of a reply has come that more is done with than forwarding it.
    var isAmidTask: Bool { hasBegun && expected.first.task != nil }

    // MARK: Opening

    /// Takes the connected socket: the handshake goes first, then what has gathered meanwhile.
    func connected(_ stream: Stream) {
        self.stream = stream
        stream.attach(self)
        let seconds = Int(pool.settings.tcpKeepalive.components.seconds)
        if seconds > 0 { stream.setKeepAlive(seconds: seconds) }
        phase = handshakeReplies > 0 ? .handshaking : .ready
        Handshake.append(key, role: role, to: &stream.output)
        stream.scheduleFlush()
        if phase == .ready { openBacklog() }
    }

    /// Takes the places of the handshake's replies, before any command can.
    func expectHandshake() {
        handshakeReplies = Handshake.expect(key, on: self)
    }

    func handshakeReplied(refusal: String?) {
        guard phase == .handshaking else { return }
        if let refusal {
            if refusal.hasPrefix("BUSY") { return openedWhileBusy(refusal) }
            // A client's own credentials or database say nothing about other links.
            if key.identity != pool.ownIdentity || key.database != 0 { isAttempt = false }
            return fail(LinkFailure("Redis refused the connection: \(refusal)", sentNothing: true))
        }
        handshakeReplies -= 1
        if handshakeReplies == 0 {
            phase = .ready
            openBacklog()
        }
    }

    private func openBacklog() {
        pool.linkBecameReady(self)
        guard let stream else { return }
        stream.output.append(backlog.span)
        backlog.release()
        stream.scheduleFlush()
        if isPaused { stream.pauseReading() }
        if !congested.isEmpty { stream.tellWhenSent() }
        if endsWhenReady { stream.shutdownWrite() }
    }

    // MARK: Receiving

    public func streamReceived(_ bytes: Span<UInt8>) {
        pool.tally.upstreamBytesIn &+= bytes.count
        bytesIn &+= bytes.count
        if isOpaque {
            owner?.deliverPush(bytes)
            return
        }
        var offset = 0
        while offset < bytes.count, phase != .closed, !isOpaque {
            let end = passRun(bytes, from: offset)
            offset = end > offset ? end : receive(bytes, from: offset)
        }
        if isOpaque, offset < bytes.count { owner?.deliverPush(bytes.extracting(offset..<bytes.count)) }
    }

    /// Passes whole replies on to the session that waits for all of them, in one piece, up to the first that
    /// has to be looked at; returns where that one begins.
    @inline(__always)
    private func passRun(_ bytes: Span<UInt8>, from start: Int) -> Int {
        guard scanner.isBetweenReplies, !hasBegun, !isUndecided, !expected.isEmpty, subscriptions == nil,
            !isLoggedOut
        else {
            return start
        }
        let place = expected.first
        guard place.isPlain, let session = place.session, session.replyMode == .on else { return start }
        var end = start
        var count = 0
        while !expected.isEmpty, expected.first.isPlain(for: place),
            let next = ReplyScanner.endOfWhole(bytes, from: end)
        {
            expected.removeFirst()
            count += 1
            end = next
        }
        guard count > 0 else { return start }
        let hadOthers = placesShared > 0
        placesShared = max(0, placesShared - count)
        session.repliesEnded(bytes.extracting(start..<end), count: count)
        if hadOthers, placesShared == 0 { othersAreDone() }
        if expected.isEmpty { becameIdle() } else if isRetired { giveUpBlocking() }
        return end
    }

    /// Handles the bytes of one reply, or as much of it as has come, and returns where the next begins.
    @inline(__always)
    private func receive(_ bytes: Span<UInt8>, from offset: Int) -> Int {
        if scanner.isBetweenReplies, !hasBegun, !isUndecided {
            let type = bytes[offset]
            if mayBeMessage(type) {
                beginUndecided()
            } else if expected.isEmpty, subscriptions == nil, type != 0x3e {
                return unsolicited(bytes, offset)
            } else if !expected.isEmpty, type != 0x3e {
                beginReply()
            }
        }
        switch scanner.scan(bytes, from: offset) {
        case .partial:
            take(bytes.extracting(offset..<bytes.count), isWhole: false)
            return bytes.count
        case .complete(let end):
            take(bytes.extracting(offset..<end), isWhole: true)
            endReply()
            return end
        case .failed:
            fail(LinkFailure("Redis sent bytes that are no RESP reply", sentNothing: false))
            return bytes.count
        }
    }

    /// Sends reply bytes where the reply belongs.
    @inline(__always)
    func deliver(_ bytes: Span<UInt8>) {
        if !hasBegun {
            owner?.deliverPush(bytes)
            return
        }
        let place = expected.first
        if let task = place.task {
            switch task.delivery {
            case .forward: if task.isPush { return owner?.deliverPush(bytes) ?? () }
            case .discard: return
            case .collect: return collect(bytes)
            }
        }
        place.session?.deliver(bytes)
    }

    private func endReply() {
        guard phase != .closed else { return }
        if let isAnswer = observeSubscription() {
            if isAnswer { consumePlace() }
        } else if hasBegun {
            consumePlace()
        } else if scanner.type != 0x3e {
            _ = unsolicited(Span(), 0)
        }
        hasBegun = false
        scanner.reset()
    }

    private func consumePlace() {
        let place = expected.removeFirst()
        let isLastOfOthers = placesShared == 1
        if placesShared > 0 { placesShared -= 1 }
        let session = place.session
        // An error may come before Redis asks for the login, and RESET is answered without one.
        if isLoggedOut, !scanner.isError, !scanner.wordBegins(with: "RESET") { isLoggedOut = false }
        if let task = place.takeTask() { finish(task, session) }
        session?.replyEnded(on: self)
        if isLastOfOthers { othersAreDone() }
        if expected.isEmpty { becameIdle() } else if isRetired { giveUpBlocking() }
    }

    private func becameIdle() {
        expected.releaseIfLarge()
        if opaqueWhenIdle { isOpaque = true }
        owner?.linkBecameIdle()
        if isRetired { closeRetired() }
    }

    private func finish(_ task: ReplyTask, _ session: Session?) {
        if collected.isEmpty {
            task.replied(scanner, frame: Span(), session: session, link: self)
        } else {
            var frame = ByteBuffer()
            swap(&frame, &collected)
            task.replied(scanner, frame: frame.span, session: session, link: self)
        }
    }

    // MARK: Closing

    public func streamDrained() {
        let waiting = congested
        congested = []
        for session in waiting { session.linkDrained() }
    }

    public func streamEnded() {
        fail(LinkFailure("Redis closed the connection", sentNothing: false), isEnd: true)
    }

    public func streamClosed(_ reason: StreamError?) {
        fail(LinkFailure(reason.map { "\($0)" } ?? "the connection was closed", sentNothing: false))
    }

    /// Ends the link and all that waits on it.
    ///
    /// - Parameter isEnd: whether Redis had sent all that it had to send.
    func fail(_ failure: LinkFailure, isEnd: Bool = false) {
        guard phase != .closed else { return }
        let wasReady = phase == .ready
        let sentNothing = failure.sentNothing || !wasReady
        phase = .closed
        stream?.close()
        backlog.release()
        pool.linkClosed(self, failure, wasReady: wasReady)
        var reason = LinkFailure(
            failure.description, sentNothing: sentNothing, mayHaveRun: !isLoggedOut)
        // Told of the client's end Redis forgets what blocks, and has run nothing that came behind it.
        let givesUp = isEnd && hasEndedSending && !expected.isEmpty && expected.first.task is BlockingTask
        while !expected.isEmpty {
            let place = expected.removeFirst()
            let session = place.session
            place.takeTask()?.lost(session, reason: reason)
            session?.replyLost(reason)
            if givesUp {
                reason = LinkFailure(failure.description, sentNothing: sentNothing, mayHaveRun: false)
            }
        }
        owner?.pinnedLinkClosed(self, reason)
        streamDrained()
    }
}
