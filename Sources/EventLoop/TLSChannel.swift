import Bytes
import CLibSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One encrypted connection over a non-blocking socket: the counterpart of `PlainTransport`.
///
/// OpenSSL reads ahead, so bytes may lie in it of which the kernel knows nothing any more: after each
/// `receive`, `hasMore` says whether to come back without an event. Either direction may have to wait for
/// either readiness of the socket.
@safe final class TLSChannel {
    /// How far a handshake came.
    enum Progress {
        case done
        case waits
        case failed(TLSFailure)
    }

    /// The most that one `send` encrypts, so that one stream cannot hold up the others.
    static let bytesPerSend = 256 << 10

    private let ssl: OpaquePointer
    let context: TLSContext
    private(set) var isHandshaking = true
    /// What the handshake, or else reading, waits for.
    private(set) var readWaits = Poll.Events.readable
    private(set) var writeWaits = Poll.Events.writable
    /// Whether another `receive` would give something at once.
    var hasMore = false
    var isReadScheduled = false
    /// Whether the end of output could not be said yet for want of room in the socket.
    private(set) var owesGoodbye = false
    private var hasSaidGoodbye = false
    /// OpenSSL's words for what ended the connection.
    private(set) var failure: String?
    /// How the input ended, to be told after the bytes that came before.
    private var end: TransferResult?
    private var hasReceived = false
    private var timeout: LoopTimer?
    private var onHandshake: ((TLSFailure?) -> Void)?

    /// - Parameter serverName: whom a connecting side expects: it is sent (SNI) and, where the context
    ///   verifies, compared with the certificate.
    init(
        _ context: TLSContext, descriptor: Int32, serverName: String?, timeout: LoopTimer,
        onHandshake: @escaping (TLSFailure?) -> Void
    ) {
        guard let ssl = unsafe SSL_new(context.context), unsafe SSL_set_fd(ssl, descriptor) == 1 else {
            preconditionFailure("OpenSSL has no memory")
        }
        unsafe self.ssl = ssl
        self.context = context
        self.timeout = timeout
        self.onHandshake = onHandshake
        switch context.side {
        case .accepting: unsafe SSL_set_accept_state(ssl)
        case .connecting:
            unsafe SSL_set_connect_state(ssl)
            if let serverName { expect(serverName) }
        }
    }

    deinit { unsafe SSL_free(ssl) }

    private func expect(_ name: String) {
        let parameters = unsafe SSL_get0_param(ssl)
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 { return }
        ERR_clear_error()
        unsafe X509_VERIFY_PARAM_set_hostflags(
            parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        unsafe _ = X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count)
        unsafe _ = freshet_ssl_set_server_name(ssl, name)
    }

    // MARK: Handshake

    func handshake() -> Progress {
        ERR_clear_error()
        let code = unsafe SSL_do_handshake(ssl)
        if code == 1 {
            isHandshaking = false
            readWaits = .readable
            hasMore = unsafe SSL_has_pending(ssl) != 0
            return .done
        }
        switch unsafe SSL_get_error(ssl, code) {
        case SSL_ERROR_WANT_READ: readWaits = .readable
        case SSL_ERROR_WANT_WRITE: readWaits = .writable
        default: return .failed(unsafe .ofHandshake(ssl, isServer: context.side == .accepting))
        }
        return .waits
    }

    /// Whom to tell about the end of the handshake, once.
    func takeHandshakeHandler() -> ((TLSFailure?) -> Void)? {
        timeout?.cancel()
        timeout = nil
        return onHandshake.take()
    }

    // MARK: Transfer

    func events(wantsInput: Bool, isBlocked: Bool) -> Poll.Events {
        if isHandshaking { return readWaits }
        var events: Poll.Events = owesGoodbye ? .writable : []
        if wantsInput { events.formUnion(readWaits) }
        if isBlocked { events.formUnion(writeWaits) }
        return events
    }

    /// Fills `memory` with as much as there is, of several TLS records if need be.
    func receive(into memory: UnsafeMutableRawPointer, count: Int) -> TransferResult {
        hasMore = false
        if let end { return end }
        var total = 0
        while true {
            let result = unsafe receiveRecord(into: memory + total, count: count - total)
            switch result {
            case .bytes(let received):
                total += received
                guard unsafe SSL_has_pending(ssl) != 0 else { return .bytes(total) }
                guard total < count else {
                    hasMore = true
                    return .bytes(total)
                }
            case .wouldBlock: return total > 0 ? .bytes(total) : result
            case .ended, .failed:
                end = result
                hasMore = total > 0
                return total > 0 ? .bytes(total) : result
            }
        }
    }

    private func receiveRecord(into memory: UnsafeMutableRawPointer, count: Int) -> TransferResult {
        var received = 0
        ERR_clear_error()
        if unsafe SSL_read_ex(ssl, memory, count, &received) == 1 {
            readWaits = .readable
            hasReceived = true
            return .bytes(received)
        }
        return outcome(&readWaits)
    }

    /// Encrypts and sends a limited part of `output`; what is tried again must begin with the same bytes.
    func send(_ output: borrowing ByteBuffer) -> TransferResult {
        var total = 0
        while total < min(output.count, Self.bytesPerSend) {
            let result = sendRecord(output.span.extracting(total..<output.count))
            guard case .bytes(let sent) = result else { return total > 0 ? .bytes(total) : result }
            total += sent
        }
        return .bytes(total)
    }

    private func sendRecord(_ bytes: Span<UInt8>) -> TransferResult {
        var sent = 0
        ERR_clear_error()
        let code = unsafe bytes.withUnsafeBytes {
            unsafe SSL_write_ex(ssl, $0.baseAddress, $0.count, &sent)
        }
        if code == 1 {
            writeWaits = .writable
            return .bytes(sent)
        }
        let result = outcome(&writeWaits)
        if case .ended = result { return .failed(EPIPE) }
        return result
    }

    private func outcome(_ waits: inout Poll.Events) -> TransferResult {
        let systemCode = errno
        switch unsafe SSL_get_error(ssl, 0) {
        case SSL_ERROR_WANT_READ: waits = .readable
        case SSL_ERROR_WANT_WRITE: waits = .writable
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SYSCALL:
            return systemCode == 0 ? .ended : .failed(systemCode)
        default:
            let problem = unsafe TLSFailure.ofHandshake(ssl, isServer: context.side == .accepting)
            // In TLS 1.3 a server refuses the client's certificate after the client's part is over.
            let isRefusal = context.side == .connecting && !hasReceived && failure == nil
            if isRefusal { context.observer?(problem) }
            failure = problem.description
            return .failed(EPROTO)
        }
        return .wouldBlock
    }

    // MARK: The end

    /// Tells the peer that nothing more will come (close_notify), once.
    func sayGoodbye() {
        owesGoodbye = false
        guard !isHandshaking, failure == nil, !hasSaidGoodbye else { return }
        ERR_clear_error()
        let code = unsafe SSL_shutdown(ssl)
        if code < 0 { owesGoodbye = unsafe SSL_get_error(ssl, code) == SSL_ERROR_WANT_WRITE }
        hasSaidGoodbye = !owesGoodbye
        ERR_clear_error()
    }
}
