import Bytes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Encryption below a stream: whoever handles it reads and writes as on a plain one.
extension Stream {
    /// Encrypts the stream from its first byte on, before a handler is attached.
    ///
    /// `done` is called once: with nil after the handshake, otherwise with what it failed of, and then the
    /// stream is closed. Output that is appended meanwhile waits; what the peer sends before it has completed
    /// the handshake is never taken for data.
    public func startTLS(
        _ context: TLSContext, serverName: String? = nil, timeoutMilliseconds: Int,
        _ done: @escaping (TLSFailure?) -> Void
    ) {
        precondition(tls == nil && !hasHandler && output.isEmpty, "TLS begins with the first byte")
        let timeout = unsafe loop.timer(afterMilliseconds: timeoutMilliseconds) { [unowned self] in
            handshakeFailed(TLSFailure(.timeout, "the handshake took longer than \(timeoutMilliseconds) ms"))
        }
        tls = TLSChannel(
            context, descriptor: descriptor, serverName: serverName, timeout: timeout, onHandshake: done)
        isBlocked = true
        if context.side == .connecting { advanceHandshake() } else { updateWatch() }
    }

    /// Takes a readiness of the socket to whatever waits for it.
    func becameReadyEncrypted(_ status: Int32, _ events: Poll.Events) {
        guard let tls else { return }
        if tls.isHandshaking {
            if status < 0 { watched = [] }
            return advanceHandshake()
        }
        if status < 0 {
            recoverWatch()
        } else {
            if wantsInput, !events.isDisjoint(with: tls.readWaits) { receive() }
            if isBlocked, !events.isDisjoint(with: tls.writeWaits) { sendBlocked() }
            if tls.owesGoodbye, isOpen { tls.sayGoodbye() }
            updateWatch()
        }
        readMoreLater()
    }

    private func advanceHandshake() {
        guard let tls, isOpen else { return }
        switch tls.handshake() {
        case .waits: updateWatch()
        case .failed(let failure): handshakeFailed(failure)
        case .done:
            isBlocked = false
            tls.context.observer?(nil)
            tls.takeHandshakeHandler()?(nil)
            guard isOpen else { return }
            updateWatch()
            scheduleFlush()
            readMoreLater()
        }
    }

    /// Closing with unread input would reset the connection and destroy the alert that tells the peer why.
    private func handshakeFailed(_ failure: TLSFailure) {
        guard let tls, let done = tls.takeHandshakeHandler() else { return }
        tls.context.observer?(failure)
        dropInput()
        let code =
            switch failure.reason {
            case .timeout: ETIMEDOUT
            case .closed: ECONNRESET
            default: EPROTO
            }
        close(
            because: StreamError(
                code: code, context: "TLS handshake with \(peer) failed", detail: failure.description))
        done(failure)
    }

    /// Comes back for decrypted bytes for which the kernel has no event.
    func readMoreLater() {
        guard let tls, tls.hasMore, !tls.isReadScheduled, wantsInput, isOpen else { return }
        tls.isReadScheduled = true
        unsafe loop.atTickEnd { [self] in
            tls.isReadScheduled = false
            guard tls.hasMore, wantsInput, isOpen, !tls.isHandshaking else { return }
            receive()
            if isOpen { updateWatch() }
            readMoreLater()
        }
    }

    /// The last thing done with an encrypted stream before its socket is closed.
    func endTLS(_ tls: TLSChannel) {
        let done = tls.takeHandshakeHandler()
        tls.sayGoodbye()
        done?(TLSFailure(.cancelled, "the connection was closed during the handshake"))
    }
}
