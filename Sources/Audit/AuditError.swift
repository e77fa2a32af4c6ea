#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An operation on an audit file that failed, with what the system said.
public struct AuditError: Error, Sendable, CustomStringConvertible {
    /// What was tried: `open`, `write`, ...
    public let operation: String
    public let path: String
    /// The system's error number; 0 when the reason is not the system's.
    public let number: Int32
    /// What the error number does not say.
    public let detail: String

    init(_ operation: String, _ path: String, number: Int32 = errno, detail: String = "") {
        self.operation = operation
        self.path = path
        self.number = number
        self.detail = detail
    }

    /// Whether another process writes the file.
    var isLocked: Bool { operation == "lock" && number == EWOULDBLOCK }

    /// Whether the disk is full, read-only or failing: that may pass.
    var isOfDisk: Bool { [ENOSPC, EDQUOT, EROFS, EIO].contains(number) }

    public var description: String {
        var reason = detail
        if number != 0 {
            let text = unsafe String(cString: strerror(number))
            reason = detail.isEmpty ? text : "\(text); \(detail)"
        }
        return "cannot \(operation) audit file '\(path)': \(reason)"
    }
}
