import Bytes
import Commands
public import Config
public import EventLoop
public import Logging
import RESP

/// The links of one loop to the upstream, in groups; opens them, hands them out, takes them back.
public final class LinkPool {
    public let loop: EventLoop
    public private(set) var settings: Settings
    let tally: Tally
    let log: Logger
    /// The identity of Freshet's own commands; with it they may follow a client's on the same link.
    public private(set) var ownIdentity: Identity
    /// Where new links lead.
    public private(set) var destination: Destination
    /// What links are encrypted with where `upstream` says `rediss://`; new links take a new one.
    public var tls: TLSContext?
    /// Told when Redis becomes reachable or stops being so; the reason is for people.
    public var onReachable: ((_ isReachable: Bool, _ reason: String) -> Void)?
    /// Whether connections without credentials are refused by Redis until they log in.
    var requiresLogin = false
    /// Whether Redis has refused the last write that needed room, so that it may refuse the next as well.
    private(set) var refusesWrites = false
    /// What waits while links lead nowhere; nil while they lead somewhere.
    var hold: LinkHold?

    private var groups: [GroupKey: LinkGroup] = [:]
    private(set) var links: [ObjectIdentifier: Link] = [:]
    private let board: Noticeboard
    private let sharedRole: Link.Role
    private var silence: SilenceWatch<Link>?
    /// Watches over shared links; nil where nobody shares any.
    private(set) var watch: LinkWatch?
    private var isReachable: Bool?
    private var failures = 0
    private var retryAtMilliseconds: UInt64 = 0
    private var lastFailure = ""
    private var reportedReason = ""
    private var isStopped = false

    /// - Parameters:
    ///   - board: shared by the pools of a process, so that they speak to the log with one voice.
    ///   - role: what shared links are for, which is what Redis shows as their name.
    ///   - destination: where links lead; what `upstream` says unless given.
    public init(
        loop: EventLoop, settings: Settings, tally: Tally, log: Logger, board: Noticeboard = Noticeboard(),
        role: Link.Role = .shared, destination: Destination? = nil
    ) {
        self.loop = loop
        self.board = board
        sharedRole = role
        self.settings = settings
        self.tally = tally
        self.log = log
        let destination = destination ?? Destination(.primary, settings)
        self.destination = destination
        ownIdentity = destination.identity
        silence = SilenceWatch(
            loop: loop, bound: { [weak self] in self?.settings.tcpKeepalive.milliseconds ?? 0 },
            all: { [weak self] in self.map { Array($0.links.values) } ?? [] }, stream: \.stream,
            found: { [weak self] in self?.foundSilent($0) })
        silence?.start()
    }

    /// Takes new settings; links already open keep what they were opened with.
    public func adopt(_ settings: Settings) {
        self.settings = settings
        destination.adopt(settings)
    }

    /// The group in which new sessions start.
    var startKey: GroupKey { GroupKey(identity: .anonymous) }

    public func ownKey(database: Int) -> GroupKey { GroupKey(database: database, identity: ownIdentity) }

    /// A shared link of Freshet's own identity.
    public func ownLink(database: Int) -> Link { hold?.nowhere ?? sharedLink(ownKey(database: database)) }

    /// A link of Freshet's own identity for background work; those of different lanes are different links.
    public func ownLink(database: Int, lane: Int) -> Link {
        var key = ownKey(database: database)
        key.lane = lane
        let group = group(key)
        if let link = group.shared.first { return link }
        let link = open(key, role: sharedRole)
        if link.isOpen { group.shared.append(link) }
        return link
    }

    /// A link that many sessions use.
    func sharedLink(_ key: GroupKey) -> Link { sharedLink(in: group(key)) }

    /// A link of the group that many sessions use; a new one while there are fewer than `links-per-group` and
    /// all of them have much to do.
    @inline(__always)
    func sharedLink(in group: LinkGroup) -> Link { group.preferred ?? anotherLink(in: group) }

    private func anotherLink(in group: LinkGroup) -> Link {
        if group.shared.count < settings.linksPerGroup {
            let isOpening = group.shared.contains { !$0.isReady }
            if !isOpening {
                let link = open(group.key, role: sharedRole)
                if link.isOpen { group.shared.append(link) }
                return group.leastBusy ?? link
            }
        }
        return group.leastBusy ?? open(group.key, role: sharedRole)
    }

    /// Whether a link of the group stands ready to be shared.
    func hasReadyLink(_ key: GroupKey) -> Bool { groups[key]?.shared.contains(where: \.isReady) ?? false }

    /// A link for one session alone, until `release`.
    func pinnedLink(_ key: GroupKey, for session: Session) -> Link {
        let link = group(key).idle.popLast() ?? open(key, role: .pinned)
        link.owner = session
        tally.pinnedLinks += 1
        return link
    }

    /// Takes a link out of sharing for `session`, which has requests in flight on it.
    func adopt(_ link: Link, for session: Session) {
        group(link.key).remove(link)
        link.becomePinned(to: session)
        tally.pinnedLinks += 1
        if !session.clientName.isEmpty { link.rename(session.clientName) }
    }

    /// Takes back a pinned link that its session needs no more.
    func release(_ link: Link) {
        link.owner = nil
        tally.pinnedLinks -= 1
        guard link.isOpen else { return }
        let mayAnswer = link.isReady && !link.endsObservation && link.inFlight > 0
        if mayAnswer || link.placesShared > 0 { return readOut(link) }
        // The session may have left it unread, as slow as it was.
        link.resumeReading()
        let group = group(link.key)
        let mayStay =
            !link.isTainted && !link.hasPassedRaw && !link.isOpaque && link.subscriptions == nil
            && link.inFlight == 0
        if mayStay, group.shared.count < settings.linksPerGroup {
            link.role = sharedRole
            link.isTakenOut = false
            link.rename(Handshake.name(sharedRole))
            group.shared.append(link)
        } else if mayStay, group.idle.count < settings.idlePinnedLinks {
            link.rename(Handshake.name(.pinned))
            group.idle.append(link)
        } else {
            discard(link, "the link is no longer needed")
        }
    }

    /// Reads the replies that are due to a client that has gone; those tell what its last writes did.
    private func readOut(_ link: Link) {
        link.retire()
        loop.timer(afterMilliseconds: settings.hangUpTimeout.milliseconds) { [weak self, weak link] in
            guard let self, let link, link.isOpen else { return }
            tally.limits.hangUps &+= 1
            discard(link, "its client has gone, and Redis does not answer")
        }
    }

    /// Replies that are still to come, on all links.
    var inFlight: Int { links.values.reduce(0) { $0 + $1.inFlight } }

    /// Closes every link; nothing is opened any more.
    public func stop() {
        isStopped = true
        for link in Array(links.values) { discard(link, "Freshet is stopping") }
    }

    /// Has every link opened anew, so that the name of the upstream is looked up again.
    ///
    /// Shared links are used no more, and close when the replies that are due have come, or after a second.
    public func renew(_ reason: String) {
        if hold != nil { return }
        for link in Array(links.values) {
            guard link.owner == nil, link.inFlight > 0 else {
                discard(link, reason)
                continue
            }
            group(link.key).remove(link)
            link.isAttempt = false
            link.retire()
            loop.timer(afterMilliseconds: 1000) { [weak self, weak link] in
                if let link, link.isOpen { self?.discard(link, reason) }
            }
        }
    }

    private func foundSilent(_ link: Link) {
        tally.limits.silentPeers &+= 1
        let reason = "the machine of Redis acknowledges nothing"
        if board.isNews(.links, reason) { log.warning("closed a link", metadata: ["reason": "\(reason)"]) }
        link.fail(LinkFailure(reason, sentNothing: false))
    }

    /// Closes a link for a reason that says nothing about Redis.
    func discard(_ link: Link, _ reason: String) {
        link.isAttempt = false
        link.fail(LinkFailure(reason, sentNothing: false))
    }

    func group(_ key: GroupKey) -> LinkGroup {
        if let group = groups[key] { return group }
        let group = LinkGroup(key)
        groups[key] = group
        return group
    }

    /// Watches over shared links from now on; `onChange` is told when clients should have a link each, and
    /// when not any more.
    func startWatch(onChange: @escaping () -> Void) {
        watch = LinkWatch(self, onChange: onChange)
        watch?.start()
    }

    /// Links that nobody uses and that wait for a session that needs one of its own.
    public var idleLinks: Int { groups.values.reduce(0) { $0 + $1.idle.count } }

    /// Bytes of memory that the buffers of all links hold.
    var bufferedBytes: Int { links.values.reduce(0) { $0 + $1.bufferedBytes } }

    /// Has links lead elsewhere from now on, as if nothing were known of Redis yet.
    func aim(at destination: Destination) {
        self.destination = destination
        ownIdentity = destination.identity
        requiresLogin = false
        refusesWrites = false
        isReachable = nil
        reportedReason = ""
        failures = 0
        retryAtMilliseconds = 0
    }

    // MARK: Opening

    func openShared(_ key: GroupKey) -> Link { open(key, role: sharedRole) }

    private func open(_ key: GroupKey, role: Link.Role) -> Link {
        let link = Link(key: key, role: role, pool: self)
        link.expectHandshake()
        links[ObjectIdentifier(link)] = link
        if let hold {
            hold.take(link)
            return link
        }
        if isStopped || loop.nowMilliseconds < retryAtMilliseconds {
            let reason = isStopped ? "Freshet is stopping" : lastFailure
            loop.atTickEnd { link.fail(LinkFailure(reason, sentNothing: true)) }
        } else {
            connect(link)
        }
        return link
    }

    func connect(_ link: Link) {
        link.isAttempt = true
        switch destination.upstream.address {
        case .unix(let path): connect(link, to: [.unix(path)])
        case .tcp(let host, let port):
            if let address = SocketAddress.tcp(host, port: port) {
                connect(link, to: [address])
            } else {
                loop.resolve(host: host, port: port) { [weak self] addresses, problem in
                    guard let problem else { return self?.connect(link, to: addresses) ?? () }
                    link.fail(LinkFailure(problem, sentNothing: true))
                }
            }
        }
    }

    /// Whether links are encrypted.
    var isEncrypted: Bool { destination.upstream.isTLS }

    /// Tries the addresses in turn.
    private func connect(_ link: Link, to addresses: [SocketAddress]) {
        guard let address = addresses.first else { return }
        let timeout = settings.connectTimeout.milliseconds
        let encryption = tls.map { TLSUpstream(context: $0, serverName: destination.serverName) }
        if isEncrypted, encryption == nil {
            return link.fail(LinkFailure("there is no TLS context for Redis", sentNothing: true))
        }
        Connector.connect(
            to: address, loop: loop, timeoutMilliseconds: timeout, tls: isEncrypted ? encryption : nil
        ) { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let stream):
                guard link.isOpen else { return stream.close() }
                connected(link, stream)
            case .failure(let error):
                if addresses.count > 1, link.isOpen { return connect(link, to: Array(addresses.dropFirst())) }
                link.fail(LinkFailure("\(error)", sentNothing: true))
            }
        }
    }

    private func connected(_ link: Link, _ stream: Stream) {
        if board.isOwnListener(stream) {
            stream.close()
            let word = destination.word
            let reason = "the \(word) \(stream.peer) is this proxy itself: correct '\(word)' or 'listen'"
            return link.fail(LinkFailure(reason, sentNothing: true))
        }
        link.connected(stream)
    }

    /// Waits before the next attempt: twice as long each time, between the bounds of `reconnect-backoff`.
    private func failedToOpen(_ reason: String) {
        lastFailure = reason
        let backoff = settings.reconnectBackoff
        let wait = min(
            backoff.maximum.milliseconds, backoff.minimum.milliseconds << min(failures, 16))
        failures += 1
        let jittered = wait - Int.random(in: 0...max(0, wait / 4))
        retryAtMilliseconds = loop.nowMilliseconds + UInt64(max(0, jittered))
        if links.values.contains(where: \.isReady) {
            guard board.isNews(.links, reason) else { return }
            log.warning("cannot open another link to Redis", metadata: ["reason": "\(reason)"])
        } else {
            report(false, reason)
        }
    }

    private func report(_ reachable: Bool, _ reason: String) {
        guard isReachable != reachable || reportedReason != reason else { return }
        isReachable = reachable
        reportedReason = reason
        if board.isNews(destination.topic, reachable ? "reachable" : reason) {
            if reachable {
                log.notice("Redis is reachable", metadata: [destination.word: "\(destination.upstream)"])
            } else {
                log.error(
                    "Redis is not reachable",
                    metadata: [destination.word: "\(destination.upstream)", "reason": "\(reason)"])
            }
        }
        onReachable?(reachable, reason)
    }

    // MARK: What links report

    /// Takes what Redis said to a write that conventions speak of.
    func wrote(_ verdict: ReplyVerdict, needsRoom: Bool) {
        if verdict.isError {
            if verdict.error.contains(.refusesWrites) { refusesWrites = true }
        } else if needsRoom {
            refusesWrites = false
        }
    }

    func linkBecameReady(_ link: Link) { tally.linksOpen += 1 }

    /// Reads the reply to the name, the first that every link gets: it tells whether Redis wants a login, or
    /// did not want the connection at all.
    func observeGreeting(_ reply: borrowing ReplyScanner, _ frame: Span<UInt8>, _ link: Link) {
        if link.key.identity == .anonymous {
            observeLogin(isRefused: reply.wordBegins(with: "NOAUTH"), link)
        }
        if reply.wordBegins(with: "DENIED") || reply.wordBegins(with: "ERR max number") {
            let reason = "Redis refused the connection: \(ErrorText.of(frame))"
            return link.fail(LinkFailure(reason, sentNothing: true))
        }
        link.isAttempt = false
        failures = 0
        retryAtMilliseconds = 0
        _ = board.isNews(.links, "")
        report(true, "")
    }

    func linkClosed(_ link: Link, _ failure: LinkFailure, wasReady: Bool) {
        links[ObjectIdentifier(link)] = nil
        if wasReady { tally.linksOpen -= 1 }
        if link.isAttempt { failedToOpen(failure.description) }
        if link.owner != nil { tally.pinnedLinks -= 1 }
        defer { hold?.closed(link) }
        guard let group = groups[link.key] else { return }
        group.remove(link)
        if group.shared.isEmpty, group.idle.isEmpty, group.scripts.isEmpty,
            link.key.database != 0 || link.key.identity != ownIdentity || link.key.lane != 0
        {
            group.isForgotten = true
            groups[link.key] = nil
        }
    }
}
