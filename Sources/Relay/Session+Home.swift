import Bytes

/// The link whose id the client has asked for: it stays the session's, and does nothing while the session
/// shares links.
///
/// CLIENT UNBLOCK, a tracking redirection and CLIENT KILL name a connection by its id. All that they concern
/// happens on a link of the session's own: that is this one whenever the session needs one.
extension Session {
    /// Goes back to sharing and keeps the link; false when nobody can vouch for its state.
    func parkLink() -> Bool {
        guard isPinned, let link, !link.isTainted, !link.isOpaque else { return false }
        home = link
        self.link = nil
        isPinned = false
        return true
    }

    /// The link that was kept, for use.
    func takeHome() -> Link? {
        guard let link = home else { return nil }
        home = nil
        guard link.isOpen else { return nil }
        self.link = link
        isPinned = true
        if link.clientName != clientName, !clientName.isEmpty { link.rename(clientName) }
        return link
    }

    func letGoOfHome() {
        guard let link = home else { return }
        home = nil
        pinReasons.remove(.clientId)
        pinsGranted.remove(.clientId)
        worker.pool.release(link)
    }

    /// Somebody killed the connection whose id the client was told, or Redis went away.
    func homeClosed() {
        home = nil
        close()
    }
}
