/// Links that are interchangeable: they speak the same protocol, to the same database, as the same user.
final class LinkGroup {
    /// How many replies may be due on a shared link before the next one is used.
    ///
    /// Requests of many clients on one link leave in one write, and Redis reads and answers them in one; a
    /// second link costs both a system call more. It is worth that when so many wait that a long reply would
    /// hold up many others.
    static let preferredDepth = 256

    let key: GroupKey
    var shared: [Link] = []
    /// Those of them on which scripts travel.
    var scripts: [Link] = []
    /// Pinned links that nobody uses and whose state is that of a new one.
    var idle: [Link] = []
    /// Whether the pool has forgotten the group: whoever kept it must ask for it again.
    var isForgotten = false

    init(_ key: GroupKey) { self.key = key }

    /// The first link that is ready and not deep in work.
    @inline(__always)
    var preferred: Link? {
        for link in shared where link.isReady && link.inFlight < Self.preferredDepth { return link }
        return nil
    }

    /// The link with the fewest replies due, one that is ready before one that is not.
    var leastBusy: Link? {
        let ready = shared.filter(\.isReady)
        return (ready.isEmpty ? shared : ready).min { $0.inFlight < $1.inFlight }
    }

    func remove(_ link: Link) {
        shared.removeAll { $0 === link }
        scripts.removeAll { $0 === link }
        idle.removeAll { $0 === link }
    }
}
