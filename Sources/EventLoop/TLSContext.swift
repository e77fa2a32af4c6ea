import Bytes
import CLibSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Certificates, keys and rules that any number of encrypted streams, on any loop, are made from.
///
/// It never changes: rotated files make a new one, and streams keep what they began with.
@safe public final class TLSContext: @unchecked Sendable {
    /// Which side of the handshake its streams take.
    public enum Side: Sendable { case accepting, connecting }

    public let side: Side
    /// Unix time at which its own certificate expires; nil without one.
    public let certificateExpiry: Int?
    let context: OpaquePointer
    /// Told of every handshake on its loop's thread: nil for one that succeeded.
    let observer: (@Sendable (TLSFailure?) -> Void)?

    /// Reads the files. Throws what is wrong with the first part that is.
    public init(
        _ side: Side, _ options: TLSOptions, observer: (@Sendable (TLSFailure?) -> Void)? = nil
    ) throws(TLSProblem) {
        _ = Self.ignoresBrokenPipes
        guard let method = unsafe side == .accepting ? TLS_server_method() : TLS_client_method(),
            let context = unsafe SSL_CTX_new(method)
        else { preconditionFailure("OpenSSL has no memory") }
        self.side = side
        self.observer = observer
        unsafe freshet_ssl_configure(
            context, Self.number(options.versions.lowerBound), Self.number(options.versions.upperBound))
        do throws(TLSProblem) {
            try unsafe TLSFiles(context: context, options: options).load(side)
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe self.context = context
        certificateExpiry = unsafe TLSFiles.expiry(of: context)
        ERR_clear_error()
    }

    deinit { unsafe SSL_CTX_free(context) }

    private static func number(_ version: TLSVersion) -> Int32 {
        version == .v12 ? TLS1_2_VERSION : TLS1_3_VERSION
    }

    /// OpenSSL writes to a socket without MSG_NOSIGNAL: a vanished peer must not end the process.
    private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()
}
