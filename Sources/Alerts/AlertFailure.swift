/// Why a destination did not take what it was sent, in words that are safe to log and few enough for a label.
public struct AlertFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case token, name, connect, timeout, tls, closed, redirect, refused, tooLarge = "too_large", other
        /// A status of 500 and above.
        case server
    }

    public let reason: Reason
    /// One sentence, without anything that the destination said.
    public let description: String

    init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    /// What an HTTP status says; nil when the request was accepted.
    init?(status: Int) {
        switch status {
        case 200..<300: return nil
        case 300..<400: self.init(.redirect, "it answers with a redirect (\(status)), which is not followed")
        case 400..<500: self.init(.refused, "it refuses the request (\(status))")
        default: self.init(.server, "it answers with status \(status)")
        }
    }
}
