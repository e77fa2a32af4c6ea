import Bytes
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
    public let ownIdentity: Identity
    /// What links are encrypted with where `upstream` says `rediss://`; new links take a new one.
    public var tls: TLSContext?
    /// Told when Redis becomes reachable or stops being so; the reason is for people.
    public var onReachable: ((_ isReachable: Bool, _ reason: String) -> Void)?
    /// Whether connections without credentials are refused by Redis until they log in.
    private(set) var requiresLogin = false

    private var groups: [GroupKey: LinkGroup] = [:]
    private var links: [ObjectIdentifier: Link] = [:]
    private var isReachable: Bool?
    private var failures = 0
    private var retryAtMilliseconds: UInt64 = 0
    private var lastFailure = ""
    private var reportedReason = ""
    private var isStopped = false

    public init(loop: EventLoop, settings: Settings, tally: Tally, log: Logger) {
        self.loop = loop
        self.settings = settings
        self.tally = tally
        self.log = log
        let upstream = settings.upstream
        ownIdentity =
            upstream.password == nil && upstream.user == nil
            ? .anonymous : Identity(user: upstream.user, password: upstream.password)
    }

    /// Takes new settings; links already open keep what they were opened with.
    public func adopt(_ settings: Settings) { self.settings = settings }

    /// The group in which new sessions start.
    var startKey: GroupKey { GroupKey(identity: .anonymous) }

    public func ownKey(database: Int) -> GroupKey { GroupKey(database: database, identity: ownIdentity) }

    /// A shared link of Freshet's own identity.
    public func ownLink(database: Int) -> Link { sharedLink(ownKey(database: database)) }

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
                let link = open(group.key, role: .shared)
                if link.isOpen { group.shared.append(link) }
                return group.leastBusy ?? link
            }
        }
        return group.leastBusy ?? open(group.key, role: .shared)
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
        if link.placesShared > 0 { return link.retire() }
        // The session may have left it unread, as slow as it was.
        link.resumeReading()
        let group = group(link.key)
        let mayStay =
            !link.isTainted && !link.isOpaque && link.subscriptions == nil && link.inFlight == 0
        if mayStay, group.shared.count < settings.linksPerGroup {
            link.role = .shared
            link.isTakenOut = false
            link.rename(Handshake.name(.shared))
            group.shared.append(link)
        } else if mayStay, group.idle.count < settings.idlePinnedLinks {
            link.rename(Handshake.name(.pinned))
            group.idle.append(link)
        } else {
            link.fail(LinkFailure("the link is no longer needed", sentNothing: false))
        }
    }

    /// Closes every link; nothing is opened any more.
    public func stop() {
        isStopped = true
        for link in Array(links.values) { link.fail(LinkFailure("Freshet is stopping", sentNothing: false)) }
    }

    func group(_ key: GroupKey) -> LinkGroup {
        if let group = groups[key] { return group }
        let group = LinkGroup(key)
        groups[key] = group
        return group
    }

    /// Bytes of memory that the buffers of all links hold.
    var bufferedBytes: Int { links.values.reduce(0) { $0 + $1.bufferedBytes } }

    // MARK: Opening

    private func open(_ key: GroupKey, role: Link.Role) -> Link {
        let link = Link(key: key, role: role, pool: self)
        link.expectHandshake()
        links[ObjectIdentifier(link)] = link
        if isStopped || loop.nowMilliseconds < retryAtMilliseconds {
            let reason = isStopped ? "Freshet is stopping" : lastFailure
            loop.atTickEnd { link.fail(LinkFailure(reason, sentNothing: true)) }
        } else {
            connect(link)
        }
        return link
    }

    private func connect(_ link: Link) {
        switch settings.upstream.address {
        case .unix(let path): connect(link, to: .unix(path))
        case .tcp(let host, let port):
            if let address = SocketAddress.tcp(host, port: port) {
                connect(link, to: address)
            } else {
                loop.resolve(host: host, port: port) { [weak self] addresses, problem in
                    guard let self else { return }
                    if let address = addresses.first {
                        connect(link, to: address)
                    } else {
                        failedToConnect(link, "cannot resolve '\(host)': \(problem ?? "no address")")
                    }
                }
            }
        }
    }

    /// Whether links are encrypted.
    var isEncrypted: Bool { settings.upstream.isTLS }

    private func connect(_ link: Link, to address: SocketAddress) {
        let timeout = settings.connectTimeout.milliseconds
        let encryption = tls.map { TLSUpstream(context: $0, serverName: serverName) }
        if isEncrypted, encryption == nil { preconditionFailure("an encrypted upstream without a context") }
        Connector.connect(
            to: address, loop: loop, timeoutMilliseconds: timeout, tls: isEncrypted ? encryption : nil
        ) { [weak self] result in
            switch result {
            case .success(let stream):
                guard link.isOpen else { return stream.close() }
                link.connected(stream)
            case .failure(let error):
                self?.failedToConnect(link, "\(error)")
            }
        }
    }

    /// Whom the upstream's certificate must be for.
    private var serverName: String {
        if let name = settings.upstreamTlsServerName { return name }
        if case .tcp(let host, _) = settings.upstream.address { return host }
        return ""
    }

    private func failedToConnect(_ link: Link, _ reason: String) {
        noteFailure(reason)
        link.fail(LinkFailure(reason, sentNothing: true))
    }

    /// Waits before the next attempt: twice as long each time, between the bounds of `reconnect-backoff`.
    func noteFailure(_ reason: String) {
        lastFailure = reason
        let backoff = settings.reconnectBackoff
        let wait = min(
            backoff.maximum.milliseconds, backoff.minimum.milliseconds << min(failures, 16))
        failures += 1
        retryAtMilliseconds = loop.nowMilliseconds + UInt64(max(0, wait))
        report(false, reason)
    }

    private func report(_ reachable: Bool, _ reason: String) {
        guard isReachable != reachable || !reachable && reason != reportedReason else { return }
        isReachable = reachable
        reportedReason = reason
        if reachable {
            log.notice("Redis is reachable", metadata: ["upstream": "\(settings.upstream)"])
        } else {
            log.error(
                "Redis is not reachable",
                metadata: ["upstream": "\(settings.upstream)", "reason": "\(reason)"])
        }
        onReachable?(reachable, reason)
    }

    // MARK: What links report

    func linkBecameReady(_ link: Link) {
        failures = 0
        retryAtMilliseconds = 0
        tally.linksOpen += 1
        report(true, "")
    }

    /// Reads the reply to the name: it tells whether Redis wants a login, or did not want the connection at
    /// all.
    func observeGreeting(_ reply: borrowing ReplyScanner, _ frame: Span<UInt8>, _ link: Link) {
        if link.key.identity == .anonymous { requiresLogin = reply.wordBegins(with: "NOAUTH") }
        if reply.wordBegins(with: "DENIED") || reply.wordBegins(with: "ERR max number") {
            let reason = "Redis refused the connection: \(ErrorText.of(frame))"
            lastFailure = reason
            log.error("Redis refused the connection", metadata: ["reason": "\(reason)"])
        }
    }

    func linkClosed(_ link: Link, _ failure: LinkFailure, wasReady: Bool) {
        links[ObjectIdentifier(link)] = nil
        if wasReady { tally.linksOpen -= 1 }
        if link.owner != nil { tally.pinnedLinks -= 1 }
        guard let group = groups[link.key] else { return }
        group.remove(link)
        if group.shared.isEmpty, group.idle.isEmpty,
            link.key.database != 0 || link.key.identity != ownIdentity
        {
            group.isForgotten = true
            groups[link.key] = nil
        }
    }
}
