import Config

/// Links that Redis holds back, and scripts, which may hold back others.
extension LinkPool {
    /// Why Redis does not answer on some links, for people.
    public var stallProblem: String? { watch?.problem }

    /// Nobody else is to use the link; it closes when the replies that are due have come.
    func takeOut(_ link: Link) {
        group(link.key).remove(link)
        link.isAttempt = false
        link.retire()
    }

    /// A shared link with nothing to do.
    func quietLink(_ key: GroupKey) -> Link? {
        group(key).shared.first { $0.isReady && $0.inFlight == 0 && $0.pendingOutput == 0 }
    }

    /// A link for a script: one without replies due, a new one while there are fewer than `script-links`, the
    /// one with the fewest otherwise.
    func scriptLink(in group: LinkGroup) -> Link {
        if let quiet = group.scripts.first(where: { $0.isReady && $0.inFlight == 0 }) { return quiet }
        if group.scripts.count >= settings.scriptLinks,
            let least = group.scripts.min(by: { $0.inFlight < $1.inFlight })
        {
            return least
        }
        let link = openShared(group.key)
        link.isForScripts = true
        if link.isOpen { group.scripts.append(link) }
        return link
    }
}
