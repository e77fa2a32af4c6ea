import EventLoop

/// A pool whose links lead nowhere for a moment, because they are about to lead elsewhere.
///
///     leave ─► links that owe replies close when these have come, others at once ─► quiet
///              links opened meanwhile gather requests ──────────────────────────────► go on
final class LinkHold {
    /// For Freshet's own commands, which must not end up at another Redis than the one they are meant for.
    let nowhere: Link
    /// Opened meanwhile; what is sent on them waits.
    private(set) var waiting: [Link] = []
    private var leaving: Set<ObjectIdentifier>
    private var quiet: (() -> Void)?
    private let loop: EventLoop

    init(_ leaving: [Link], nowhere: Link, loop: EventLoop, quiet: @escaping () -> Void) {
        self.leaving = Set(leaving.map(ObjectIdentifier.init))
        self.nowhere = nowhere
        self.loop = loop
        self.quiet = quiet
    }

    /// Keeps a link that was just made from being opened.
    func takes(_ link: Link) -> Bool {
        waiting.append(link)
        return true
    }

    func closed(_ link: Link) {
        leaving.remove(ObjectIdentifier(link))
        tellWhenQuiet()
    }

    /// Tells, once, when no link to where they led is open any more.
    func tellWhenQuiet() {
        guard leaving.isEmpty, let quiet else { return }
        self.quiet = nil
        loop.atTickEnd(quiet)
    }
}

extension LinkPool {
    /// Stops sending to where links lead: requests wait until `goOn`.
    ///
    /// Links that one session has to itself close, as if Redis had closed them; shared ones do when the
    /// replies that are due have come, or after `patience`. What a hanging Redis has not acknowledged by then
    /// it never gets.
    ///
    /// - Parameter quiet: called once, when nothing is due from there any more.
    public func leave(_ reason: String, patienceMilliseconds patience: Int, quiet: @escaping () -> Void) {
        let old = Array(links.values)
        let hold = LinkHold(old, nowhere: nowhere(), loop: loop, quiet: quiet)
        self.hold = hold
        for link in old {
            guard patience > 0, link.owner == nil, link.isReady, link.inFlight > 0 else {
                drop(link, reason)
                continue
            }
            group(link.key).remove(link)
            link.isAttempt = false
            link.retire()
        }
        hold.tellWhenQuiet()
        guard patience > 0 else { return }
        loop.timer(afterMilliseconds: patience) { [weak self] in
            for link in old where link.isOpen { self?.drop(link, reason) }
        }
    }

    /// Opens what gathered requests meanwhile, to `destination`.
    public func goOn(to destination: Destination) {
        guard let hold else { return }
        self.hold = nil
        aim(at: destination)
        for link in hold.waiting where link.isOpen { connect(link) }
    }

    private func drop(_ link: Link, _ reason: String) {
        link.dropUnsentWhenClosed()
        discard(link, reason)
    }

    /// A link that is closed.
    private func nowhere() -> Link {
        let link = Link(key: ownKey(database: 0), role: .shared, pool: self)
        link.fail(LinkFailure("links are about to lead elsewhere", sentNothing: true))
        return link
    }
}

extension Worker {
    /// Has requests wait for another Redis; see `LinkPool.leave`.
    public func leave(
        _ reason: String, patienceMilliseconds: Int, refusingWrites: Bool, quiet: @escaping () -> Void
    ) {
        if refusesWrites != refusingWrites { refusesWrites = refusingWrites }
        pool.leave(reason, patienceMilliseconds: patienceMilliseconds, quiet: quiet)
    }

    /// Serves from `destination`; see `LinkPool.goOn`.
    public func serve(from destination: Destination, refusingWrites: Bool) {
        if refusesWrites != refusingWrites { refusesWrites = refusingWrites }
        pool.goOn(to: destination)
    }
}
