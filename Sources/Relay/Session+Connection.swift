import Bytes
import Commands
import Config
import RESP

/// Commands that change what the connection is: its database, protocol, identity, name.
///
/// On a shared link they must not be sent as they are, since others use it too. Either the session moves to a
/// group that is already what it asks for, or the command goes to a link of its own, which then joins the
/// right group.
extension Session {
    func routeConnection(_ request: borrowing Request) -> Bool {
        switch request.facts.behaviour {
        case .select: return routeSelect(request)
        case .hello: return routeHello(request)
        case .auth: return routeAuth(request)
        case .reset: return routeReset(request)
        default:
            guard isIdleOrWaits() else { return false }
            answer(Refusal.ok)
            finish()
            return true
        }
    }

    /// Leaves what follows unread until the reply has come: it decides what later requests mean.
    func waitForReply() -> Bool {
        if inFlight > 0 { wait = .replies }
        return true
    }

    /// What SELECT, HELLO or AUTH changes once Redis has accepted it; nil when it asks for no change.
    func connectionTask(for request: borrowing Request) -> ConnectionTask? {
        switch request.facts.behaviour {
        case .select:
            guard let database = request.integer(1), database >= 0 else { return nil }
            return ConnectionTask { $0.key.database = database }
        case .hello:
            guard let version = request.integer(1), version == 2 || version == 3 else { return nil }
            let (identity, name) = helloOptions(request)
            return ConnectionTask(isPiecemeal: request.count > 2) { session in
                session.key.version = version
                if let identity { session.key.identity = identity }
                if let name { session.clientName = name }
            }
        default:
            guard request.count == 2 || request.count == 3 else { return nil }
            let hasUser = request.count > 2
            let identity = Identity(
                user: hasUser ? request.string(1) : nil, password: Secret(request.string(hasUser ? 2 : 1)))
            return ConnectionTask { $0.key.identity = identity }
        }
    }

    /// Sends the command on a link of the session's own, which takes on what the command asks for.
    private func change(_ request: borrowing Request, _ task: ConnectionTask) -> Bool {
        guard isIdleOrWaits() else { return false }
        pin([])
        guard forward(request, task) else { return false }
        return waitForReply()
    }

    private func routeSelect(_ request: borrowing Request) -> Bool {
        guard let task = connectionTask(for: request) else { return forward(request) }
        guard isIdleOrWaits() else { return false }
        var target = key
        target.database = request.integer(1) ?? 0
        guard !isPinned, home == nil, worker.pool.hasReadyLink(target) else { return change(request, task) }
        key = target
        letGoOfLink()
        answer(Refusal.ok)
        return true
    }

    private func routeHello(_ request: borrowing Request) -> Bool {
        guard let task = connectionTask(for: request) else { return forward(request) }
        guard isIdleOrWaits() else { return false }
        var target = key
        target.version = request.integer(1) ?? 2
        guard request.count == 2, !isPinned, home == nil, worker.pool.hasReadyLink(target) else {
            return change(request, task)
        }
        key = target
        letGoOfLink()
        return forward(request)
    }

    /// The credentials and the name in `HELLO 3 AUTH user password SETNAME name`.
    private func helloOptions(_ request: borrowing Request) -> (Identity?, ByteString?) {
        var identity: Identity?
        var name: ByteString?
        var index = 2
        while index < request.count {
            if request.matches(index, "AUTH"), index + 2 < request.count {
                identity = Identity(
                    user: request.string(index + 1), password: Secret(request.string(index + 2)))
                index += 3
            } else if request.matches(index, "SETNAME"), index + 1 < request.count {
                name = request.string(index + 1)
                index += 2
            } else {
                index += 1
            }
        }
        return (identity, name)
    }

    private func routeAuth(_ request: borrowing Request) -> Bool {
        guard let task = connectionTask(for: request) else { return forward(request) }
        return change(request, task)
    }

    /// RESET on a shared link: the link stays as it is, only the session begins anew.
    private func routeReset(_ request: borrowing Request) -> Bool {
        guard isIdleOrWaits() else { return false }
        if isPinned {
            guard forward(request, ResetTask()) else { return false }
            return waitForReply()
        }
        letGoOfLink()
        if case .off = replyMode { replyMode = .on }
        answer(Refusal.reset)
        becomeNew()
        return true
    }

    /// The state of a connection that has just been opened.
    func becomeNew() {
        key = worker.pool.startKey
        clientName = ""
        replyMode = .on
        transaction?.abandon(held: nil)
        transaction = nil
        pinReasons.formIntersection([.dedicated])
        pinsGranted = []
        isDebugging = false
    }

    // MARK: CLIENT

    func routeClient(_ request: borrowing Request) -> Bool {
        switch request.facts.behaviour {
        case .clientSetName: return routeSetName(request)
        case .clientSetInfo: return routeSetInfo(request)
        case .clientGetName: return routeGetName(request)
        default: return routeReply(request)
        }
    }

    /// A valid name is the session's own: a shared link is asked to take the name it has, so that Redis
    /// decides whether this user may, and in its own words.
    private func routeSetName(_ request: borrowing Request) -> Bool {
        let name = request.string(2)
        guard name.bytes.allSatisfy({ $0 >= 0x21 && $0 <= 0x7e }) else { return forward(request) }
        let task = ConnectionTask { $0.clientName = name }
        if isPinned {
            link?.clientName = name
            return forward(request, task)
        }
        return substitute(
            Self.encoded([request.string(0), request.string(1), Handshake.name(.shared)]), task)
    }

    private func routeSetInfo(_ request: borrowing Request) -> Bool {
        let (attribute, value) = (request.string(2), request.string(3))
        guard value.bytes.allSatisfy({ $0 >= 0x21 && $0 <= 0x7e }) else { return forward(request) }
        let isName = request.matches(2, "LIB-NAME")
        let task = ConnectionTask { if isName { $0.libraryName = value } }
        if isPinned { return forward(request, task) }
        return substitute(
            Self.encoded([request.string(0), request.string(1), attribute, "freshet"]), task)
    }

    /// The connection's own name tells operators whose it is; the client is told the name that it gave
    /// itself.
    private func routeGetName(_ request: borrowing Request) -> Bool { forward(request, OwnNameReply()) }

    /// What Redis would answer to CLIENT GETNAME if the connection were the client's own.
    var nameReply: ByteString {
        if clientName.isEmpty { return key.version == 3 ? "_\r\n" : "$-1\r\n" }
        let name = clientName
        var reply = ByteBuffer()
        RequestEncoder.append(name.span, into: &reply)
        return ByteString(reply.span)
    }

    /// `CLIENT REPLY`: Redis goes on replying, and is asked only whether this user may give the command.
    private func routeReply(_ request: borrowing Request) -> Bool {
        let mode: ReplyMode
        if request.matches(2, "ON") {
            mode = .on
        } else if request.matches(2, "OFF") {
            mode = .off
        } else if request.matches(2, "SKIP") {
            mode = .skipNext
            hasAskedToSkip = true
        } else {
            return forward(request)
        }
        return substitute(
            Self.encoded([request.string(0), request.string(1), "ON"]), ReplyModeTask(mode))
    }

    static func encoded(_ arguments: [ByteString]) -> ByteString {
        var bytes = ByteBuffer()
        RequestEncoder.append(arguments, into: &bytes)
        return ByteString(bytes.span)
    }
}

/// Changes the session's state once Redis has accepted the command; the pinned link changes with it.
final class ConnectionTask: ReplyTask {
    private let change: (Session) -> Void
    private let isPiecemeal: Bool

    /// - Parameter isPiecemeal: whether Redis may have carried out part of a command that it refused, as it
    ///   takes HELLO's options one by one: the connection may be somebody else already.
    init(isPiecemeal: Bool = false, _ change: @escaping (Session) -> Void) {
        self.change = change
        self.isPiecemeal = isPiecemeal
    }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard let session else { return }
        guard !reply.isError else { return refused(by: link) }
        apply(to: session, link)
    }

    func refused(by link: Link) {
        if isPiecemeal, link.owner != nil { link.isTainted = true }
    }

    func apply(to session: Session, _ link: Link) {
        change(session)
        guard session.isPinned else { return }
        link.key = session.key
        link.clientName = session.clientName
    }
}

/// Waits for `+RESET` on a pinned link: session and link are as new.
final class ResetTask: ReplyTask {
    /// RESET ends `REPLY OFF` before it answers, and `REPLY SKIP` only after.
    override func begin(_ session: Session?) {
        if case .off? = session?.replyMode { session?.replyMode = .on }
    }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard !reply.isError, let session else { return }
        // RESET leaves what CLIENT NO-EVICT and its like have set.
        if !session.pinReasons.isDisjoint(with: [.tracking, .administration]) { link.isTainted = true }
        session.becomeNew()
        link.key = session.key
        link.isLoggedOut = link.pool.requiresLogin
        link.clientName = ""
        link.subscriptions = nil
    }
}

/// Changes the reply mode when Redis has accepted the command.
final class ReplyModeTask: ReplyTask {
    private let mode: ReplyMode

    init(_ mode: ReplyMode) { self.mode = mode }

    override var delivery: Delivery { .collect }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard let session else { return }
        if reply.isError { return session.deliver(frame) }
        switch mode {
        case .on:
            session.replyMode = .on
            session.deliver(frame)
        case .off: session.replyMode = .off
        case .skipNext, .skip: if session.replyMode != .off { session.replyMode = .skipNext }
        }
    }
}

/// Answers CLIENT GETNAME with the session's name, unless Redis refuses the command.
final class OwnNameReply: ReplyTask {
    override var delivery: Delivery { .collect }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard let session else { return }
        if reply.isError { return session.deliver(frame) }
        let name = session.nameReply
        session.deliver(name.span)
    }
}
