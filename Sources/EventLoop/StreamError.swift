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

    public init(code: Int32, context: String) {
        self.code = code
        self.context = context
    }

    /// The context, and the system's words for the code.
    public var description: String { "\(context): \(reason)" }

    /// The system's words for the code alone: "Connection refused".
    public var reason: String { unsafe String(cString: strerror(code)) }

    static let loopStopped = StreamError(code: ECANCELED, context: "the event loop has stopped")

    /// The error of the system call that just failed.
    static func last(_ context: String) -> StreamError { StreamError(code: errno, context: context) }
}
