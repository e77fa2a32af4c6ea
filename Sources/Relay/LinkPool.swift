import Bytes
public import Config
public import EventLoop
public import Logging
import RESP

/// The links of one loop to the upstream, in groups; opens them, hands them out, takes them back.
public final class LinkPool {
    /// Links that are interchangeable.
    final class Group {
        var shared: [Link] = []
        /// Pinned links that nobody uses and whose state is that of a new one.
        var idle: [Link] = []
        var next = 0
    }

    public let loop: EventLoop
    public private(set) var settings: Settings
    let tally: Tally
    let log: Logger
    /// The identity of Freshet's own commands; with it they may follow a client's on the same link.
    public let ownIdentity: Identity
    /// Told when Redis becomes reachable or stops being so; the reason is for people.
    public var onReachable: ((_ isReachable: Bool, _ reason: String) -> Void)?
    /// Whether connections without credentials are refused by Redis until they log in.
    private(set) var requiresLogin = false

    private var groups: [GroupKey: Group] = [:]
    private var links: [ObjectIdentifier: Link] = [:]
    private var isReachable: Bool?
    private var failures = 0
    private var retryAtMilliseconds: UInt64 = 0
    private var lastFailure = ""
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

    /// A link of the group that many sessions use; opened if there are fewer than `links-per-group`.
    func sharedLink(_ key: GroupKey) -> Link {
        let group = group(key)
        if group.shared.count < settings.linksPerGroup {
            if let idle = group.shared.first(where: { $0.isReady && $0.inFlight == 0 }) { return idle }
            let link = open(key, role: .shared)
            if link.isOpen { group.shared.append(link) }
            return group.shared.first(where: \.isReady) ?? link
        }
        group.next = (group.next + 1) % group.shared.count
        return group.shared[group.next]
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

    /// Takes back a pinned link that its session needs no more.
    func release(_ link: Link) {
        link.owner = nil
        tally.pinnedLinks -= 1
        guard link.isOpen else { return }
        // The session may have left it unread, as slow as it was.
        link.resumeReading()
        let group = group(link.key)
        let mayStay = !link.isTainted && !link.isOpaque && link.subscriptions == nil && link.inFlight == 0
        if mayStay, group.shared.count < settings.linksPerGroup {
            link.role = .shared
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

    private func group(_ key: GroupKey) -> Group {
        if let group = groups[key] { return group }
        let group = Group()
        groups[key] = group
        return group
    }

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

    private func connect(_ link: Link, to address: SocketAddress) {
        let timeout = settings.connectTimeout.milliseconds
        Connector.connect(to: address, loop: loop, timeoutMilliseconds: timeout) { [weak self] result in
            switch result {
            case .success(let stream):
                guard link.isOpen else { return stream.close() }
                link.connected(stream)
            case .failure(let error):
                self?.failedToConnect(link, "\(error)")
            }
        }
    }

    /// Waits before the next attempt: twice as long each time, between the bounds of `reconnect-backoff`.
    private func failedToConnect(_ link: Link, _ reason: String) {
        lastFailure = reason
        let backoff = settings.reconnectBackoff
        let wait = min(
            backoff.maximum.milliseconds, backoff.minimum.milliseconds << min(failures, 16))
        failures += 1
        retryAtMilliseconds = loop.nowMilliseconds + UInt64(max(0, wait))
        report(false, reason)
        link.fail(LinkFailure(reason, sentNothing: true))
    }

    private func report(_ reachable: Bool, _ reason: String) {
        guard isReachable != reachable else { return }
        isReachable = reachable
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
        group.shared.removeAll { $0 === link }
        group.idle.removeAll { $0 === link }
        if group.shared.isEmpty, group.idle.isEmpty,
            link.key.database != 0 || link.key.identity != ownIdentity
        {
            groups[link.key] = nil
        }
    }
}
