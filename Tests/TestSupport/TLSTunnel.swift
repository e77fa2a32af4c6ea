import CLibSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A Unix socket whose every connection goes on by TLS to a port of 127.0.0.1: any client of these tests
/// becomes a TLS client.
///
/// Half closes pass both ways, as close_notify on the encrypted side.
public final class TLSTunnel: Sendable {
    public let endpoint: Endpoint
    private let directory: TemporaryDirectory
    private let listener: Int32

    /// `identity` is the certificate that is shown; `authority` the one that must have signed the server's.
    public init(
        to port: UInt16, authority: String, identity: TestCertificates.Pair? = nil,
        serverName: String = "localhost"
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        directory = try TemporaryDirectory()
        endpoint = .unix(directory.path + "/tunnel.sock")
        listener = try endpoint.listeningSocket(isBlocking: true)
        let far = TLSClientSide(
            port: port, authority: authority, identity: identity, serverName: serverName)
        let listener = listener
        try DetachedThread.start {
            while true {
                let near = accept(listener, nil, nil)
                guard near >= 0 else { return }
                try? DetachedThread.start { TLSBridge(near: near, far: far)?.run() }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}

/// How a tunnel connects.
struct TLSClientSide: Sendable {
    let port: UInt16
    let authority: String
    let identity: TestCertificates.Pair?
    let serverName: String

    /// A session over `descriptor` that has not shaken hands yet; nil when a certificate cannot be read.
    func session(_ descriptor: Int32) -> OpaquePointer? {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { return nil }
        defer { unsafe SSL_CTX_free(context) }
        unsafe freshet_ssl_configure(context, TLS1_2_VERSION, TLS1_3_VERSION)
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        guard unsafe SSL_CTX_load_verify_file(context, authority) == 1 else { return nil }
        if let identity {
            let certificate = unsafe SSL_CTX_use_certificate_chain_file(context, identity.certificate)
            let key = unsafe SSL_CTX_use_PrivateKey_file(context, identity.key, SSL_FILETYPE_PEM)
            guard certificate == 1, key == 1 else { return nil }
        }
        guard let ssl = unsafe SSL_new(context) else { return nil }
        unsafe SSL_set_fd(ssl, descriptor)
        unsafe SSL_set1_host(ssl, serverName)
        unsafe _ = freshet_ssl_set_server_name(ssl, serverName)
        unsafe SSL_set_connect_state(ssl)
        return unsafe ssl
    }
}

/// One connection through a tunnel.
@safe private final class TLSBridge {
    private let near: Int32
    private let far: Int32
    private let ssl: OpaquePointer
    private var outgoing: [UInt8] = []
    private var incoming: [UInt8] = []
    private var nearHasEnded = false
    private var farHasEnded = false
    private var hasSaidGoodbye = false
    private var hasProgressed = false

    init?(near: Int32, far side: TLSClientSide) {
        guard let far = try? Endpoint.tcp(side.port).connectedSocket(), let ssl = unsafe side.session(far)
        else {
            close(near)
            return nil
        }
        _ = fcntl(near, F_SETFD, FD_CLOEXEC)
        _ = fcntl(near, F_SETFL, O_NONBLOCK)
        self.near = near
        self.far = far
        unsafe self.ssl = ssl
    }

    deinit {
        unsafe SSL_free(ssl)
        // A process that was started meanwhile may have inherited the socket: closing would not end it.
        shutdown(near, Int32(SHUT_RDWR))
        close(near)
        close(far)
    }

    func run() {
        while true {
            hasProgressed = false
            guard step() else { return }
            if !hasProgressed { waitForEvent() }
        }
    }

    /// Moves what can be moved; false at the end of the connection.
    private func step() -> Bool {
        if outgoing.isEmpty, !nearHasEnded, !readNear() { return false }
        if !outgoing.isEmpty, !writeFar() { return false }
        if nearHasEnded, outgoing.isEmpty, !hasSaidGoodbye {
            hasSaidGoodbye = unsafe SSL_is_init_finished(ssl) != 0
            if hasSaidGoodbye { unsafe SSL_shutdown(ssl) }
        }
        if incoming.isEmpty, !farHasEnded { readFar() }
        if !incoming.isEmpty, !writeNear() { return false }
        return !(farHasEnded && incoming.isEmpty)
    }

    private func readNear() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(near, &chunk, chunk.count, 0)
        if count > 0 {
            outgoing = Array(chunk[..<count])
            hasProgressed = true
        } else if count == 0 {
            nearHasEnded = true
            hasProgressed = true
        } else if errno != EAGAIN {
            return false
        }
        return true
    }

    private func writeFar() -> Bool {
        var sent = 0
        ERR_clear_error()
        if unsafe SSL_write_ex(ssl, outgoing, outgoing.count, &sent) == 1 {
            outgoing.removeFirst(sent)
            hasProgressed = true
            return true
        }
        let problem = unsafe SSL_get_error(ssl, 0)
        if problem == SSL_ERROR_WANT_READ || problem == SSL_ERROR_WANT_WRITE { return true }
        // What the server said before it closed can still be read.
        outgoing = []
        nearHasEnded = true
        hasSaidGoodbye = true
        return unsafe SSL_is_init_finished(ssl) != 0
    }

    private func readFar() {
        var chunk = [UInt8](repeating: 0, count: 65536)
        var count = 0
        ERR_clear_error()
        if unsafe SSL_read_ex(ssl, &chunk, chunk.count, &count) == 1 {
            incoming = Array(chunk[..<count])
            hasProgressed = true
            return
        }
        let problem = unsafe SSL_get_error(ssl, 0)
        if problem != SSL_ERROR_WANT_READ, problem != SSL_ERROR_WANT_WRITE { farHasEnded = true }
    }

    private func writeNear() -> Bool {
        let count = unsafe send(near, incoming, incoming.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
        if count > 0 {
            incoming.removeFirst(count)
            hasProgressed = true
        }
        return count > 0 || errno == EAGAIN
    }

    private func waitForEvent() {
        let nearEvents = (outgoing.isEmpty && !nearHasEnded ? POLLIN : 0) | (incoming.isEmpty ? 0 : POLLOUT)
        let farEvents = (incoming.isEmpty ? POLLIN : 0) | (outgoing.isEmpty ? 0 : POLLOUT)
        var entries = [
            pollfd(fd: near, events: Int16(nearEvents), revents: 0),
            pollfd(fd: far, events: Int16(farEvents), revents: 0),
        ]
        _ = unsafe poll(&entries, 2, 1000)
    }
}
