#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Why a socket operation failed: the system's error number and what was being done.
public struct StreamError: Error, Hashable, CustomStringConvertible {
    /// A positive `errno` value.
    public var code: Int32
    /// What was being done, to what: "cannot connect to 127.0.0.1:6379".
    public var context: String
    /// Why, where the system's words for the code would not say it: a certificate that has expired.
    public var detail: String?

    public init(code: Int32, context: String, detail: String? = nil) {
        self.code = code
        self.context = context
        self.detail = detail
    }

    /// The context, and the reason.
    public var description: String { "\(context): \(reason)" }

    /// The detail, or else the system's words for the code: "Connection refused".
    public var reason: String { detail ?? (unsafe String(cString: strerror(code))) }

    static let loopStopped = StreamError(code: ECANCELED, context: "the event loop has stopped")

    /// The error of the system call that just failed.
    static func last(_ context: String) -> StreamError { StreamError(code: errno, context: context) }
}
