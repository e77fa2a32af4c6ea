import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Opens connections without blocking.
public enum Connector {
    /// Connects to `address`; `done` is called exactly once, never from inside this call.
    ///
    /// The stream reads nothing until a handler is attached. After the timeout the attempt fails with
    /// ETIMEDOUT; when the loop stops, with ECANCELED. With `tls` the stream is handed over after the
    /// handshake, for which the same timeout counts.
    public static func connect(
        to address: SocketAddress, loop: EventLoop, timeoutMilliseconds: Int, tls: TLSUpstream? = nil,
        _ done: @escaping (Result<Stream, StreamError>) -> Void
    ) {
        do {
            let attempt = try ConnectionAttempt(to: address, loop: loop, tls: tls, done: done)
            try attempt.start(timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            let failure = StreamError(code: error.code, context: "cannot connect to \(address)")
            loop.atTickEnd { done(.failure(failure)) }
        }
    }
}

/// How to encrypt a connection to a server.
public struct TLSUpstream: Sendable {
    public var context: TLSContext
    /// Whom to expect there: the name is sent, and compared with the certificate.
    public var serverName: String

    public init(context: TLSContext, serverName: String) {
        self.context = context
        self.serverName = serverName
    }
}

/// One connection on its way.
final class ConnectionAttempt: LoopResident {
    private let address: SocketAddress
    private let descriptor: Int32
    private unowned(unsafe) let loop: EventLoop
    private var done: ((Result<Stream, StreamError>) -> Void)?
    private var poll: Poll?
    private var timeout: LoopTimer?
    private let tls: TLSUpstream?
    private var deadline: UInt64 = 0

    init(
        to address: SocketAddress, loop: EventLoop, tls: TLSUpstream?,
        done: @escaping (Result<Stream, StreamError>) -> Void
    ) throws(StreamError) {
        guard loop.isAccepting else { throw .loopStopped }
        self.address = address
        unsafe self.loop = loop
        self.tls = tls
        self.done = done
        descriptor = try SocketOption.makeSocket(address.family)
    }

    /// Begins; what throws has closed the socket and will not call `done`.
    func start(timeoutMilliseconds: Int) throws(StreamError) {
        let descriptor = self.descriptor
        deadline = unsafe loop.nowMilliseconds + UInt64(max(0, timeoutMilliseconds))
        let code = unsafe address.withSystemAddress { address, count in
            unsafe connect(descriptor, address, count) == 0 ? 0 : errno
        }
        do throws(StreamError) {
            switch code {
            case 0: unsafe loop.atTickEnd { self.finish(0) }
            case EINPROGRESS: try waitForOutcome(timeoutMilliseconds)
            case let code: throw StreamError(code: code ?? ENAMETOOLONG, context: "")
            }
        } catch {
            closeDescriptor(descriptor)
            throw error
        }
    }

    private func waitForOutcome(_ timeoutMilliseconds: Int) throws(StreamError) {
        poll = try unsafe Poll(descriptor: descriptor, loop: loop, owner: self)
        unsafe poll?.wait(for: .writable) { handle, _, _ in
            unsafe Unmanaged<ConnectionAttempt>.fromOpaque(handle!.pointee.data)
                ._withUnsafeGuaranteedRef { $0.finish(SocketOption.takeError($0.descriptor)) }
        }
        timeout = unsafe loop.timer(afterMilliseconds: timeoutMilliseconds) { [unowned self] in
            finish(ETIMEDOUT)
        }
    }

    func endWithLoop() { finish(ECANCELED) }

    private func finish(_ code: Int32) {
        guard let done else { return }
        self.done = nil
        timeout?.cancel()
        poll?.close()
        poll = nil
        let outcome = outcome(code)
        if let tls, case .success(let stream) = outcome {
            encrypt(stream, tls, done)
        } else {
            done(outcome)
        }
    }

    private func encrypt(
        _ stream: Stream, _ tls: TLSUpstream, _ done: @escaping (Result<Stream, StreamError>) -> Void
    ) {
        let now = unsafe loop.nowMilliseconds
        let context = "cannot connect to \(address)"
        stream.startTLS(
            tls.context, serverName: tls.serverName, timeoutMilliseconds: Int(deadline - min(now, deadline))
        ) { failure in
            guard let failure else { return done(.success(stream)) }
            let code = failure.reason == .cancelled ? ECANCELED : EPROTO
            done(
                .failure(
                    StreamError(code: code, context: context, detail: "TLS: \(failure.description)")))
        }
    }

    private func outcome(_ code: Int32) -> Result<Stream, StreamError> {
        let context = "cannot connect to \(address)"
        guard code == 0 else {
            closeDescriptor(descriptor)
            return .failure(StreamError(code: code, context: context))
        }
        do {
            return .success(try unsafe Stream(adopting: descriptor, peer: address, loop: loop))
        } catch {
            return .failure(StreamError(code: error.code, context: context))
        }
    }
}
