public import Bytes

/// Why the bytes of a client are no request; the texts are those of Redis 7.0.15's `networking.c`.
public enum ProtocolError: Error, Equatable, Sendable {
    case tooBigInline
    case tooBigCount
    case tooBigBulkHeader
    case invalidCount
    case invalidBulkLength
    case expectedDollar(found: UInt8)
    case unbalancedQuotes
    case unauthenticatedCount
    case unauthenticatedBulk
    /// A NUL byte in an inline request. Redis stalls such a connection for ever; here it ends with a message.
    case invalidInline
    /// More arguments than `max-args`.
    case tooManyArguments
    /// More to keep of one request than `max-buffered-request`.
    case tooLarge
    /// `POST` or `Host:` as the first word: an HTTP request that a browser was tricked into sending.
    case crossProtocol
    /// A TLS handshake on a port that speaks plain RESP.
    case tlsOnPlainPort

    /// The error reply; nil where the connection closes without a word, as Redis does.
    public var reply: ByteString? {
        if case .expectedDollar(let found) = self {
            let isLineEnd = found == ASCII.carriageReturn || found == ASCII.lineFeed
            return ByteString(
                Array("-ERR Protocol error: expected '$', got '".utf8) + [isLineEnd ? ASCII.space : found]
                    + Array("'\r\n".utf8))
        }
        return text.map { ByteString("-ERR Protocol error: \($0)\r\n") }
    }

    /// Whether only a client that has not logged in may not send that.
    public var isForStrangers: Bool { self == .unauthenticatedCount || self == .unauthenticatedBulk }

    /// The reason, for people; nil where Redis has none.
    public var text: String? {
        switch self {
        case .tooBigInline: "too big inline request"
        case .tooBigCount: "too big mbulk count string"
        case .tooBigBulkHeader: "too big bulk count string"
        case .invalidCount: "invalid multibulk length"
        case .invalidBulkLength: "invalid bulk length"
        case .expectedDollar(let found): "expected '$', got '\(ByteString([found]))'"
        case .unbalancedQuotes: "unbalanced quotes in request"
        case .unauthenticatedCount: "unauthenticated multibulk length"
        case .unauthenticatedBulk: "unauthenticated bulk length"
        case .invalidInline: "invalid inline"
        case .tooManyArguments: "too many arguments (max-args)"
        case .tooLarge: "request too large to follow (max-buffered-request)"
        case .crossProtocol, .tlsOnPlainPort: nil
        }
    }
}
