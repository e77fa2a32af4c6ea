import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the system knows of the other end.
extension Stream {
    /// Has TCP probe a peer that is silent, so that one that is gone is noticed within about `seconds`.
    ///
    /// The first probe goes out after half of that, three more follow within the other half. Nothing happens
    /// for Unix sockets and for 0.
    public func setKeepAlive(seconds: Int) {
        guard isOpen, peer.family != AF_UNIX, seconds > 0 else { return }
        let level = Int32(IPPROTO_TCP)
        let bound = Int32(clamping: min(seconds, 32_767))
        SocketOption.set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        SocketOption.set(descriptor, level, TCP_KEEPIDLE, max(1, bound / 2))
        SocketOption.set(descriptor, level, TCP_KEEPINTVL, max(1, bound / 6))
        SocketOption.set(descriptor, level, TCP_KEEPCNT, 3)
    }

    /// Whether the peer's system has acknowledged nothing for this long although it was asked repeatedly.
    ///
    /// Keep-alive does not probe while bytes are in flight, and the kernel goes on sending them for about a
    /// quarter of an hour. TCP_USER_TIMEOUT would also end a peer that is alive and does not read; that one
    /// does acknowledge probes.
    public func isPeerSilent(forMilliseconds bound: Int) -> Bool {
        guard isOpen, peer.family != AF_UNIX else { return false }
        var words = [UInt32](repeating: 0, count: 26)
        var count = socklen_t(words.count * 4)
        guard unsafe getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &words, &count) == 0, count >= 60
        else { return false }
        // struct tcp_info: four bytes of which the third counts retransmissions and the fourth probes that
        // were not answered; tcpi_last_ack_recv is the fifteenth word.
        let (retransmissions, probes) = (words[0].littleEndian >> 16 & 0xff, words[0].littleEndian >> 24)
        return (retransmissions >= 2 || probes >= 2) && Int(words[14]) >= bound
    }

    /// Whether bytes from the peer, or its end, wait to be read.
    public var hasUnreadInput: Bool {
        var byte: UInt8 = 0
        guard isOpen else { return false }
        return unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) >= 0
    }

    /// The process at the other end of a Unix socket, nil for TCP.
    public var peerProcess: Int32? {
        guard isOpen, peer.path != nil else { return nil }
        // struct ucred: process, user, group.
        var words: [Int32] = [0, 0, 0]
        var count = socklen_t(12)
        let code = unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &words, &count)
        return code == 0 ? words[0] : nil
    }
}
