import Bytes
import RESP

/// Every byte that Freshet itself says to a client, each with its reason.
enum Refusal {
    /// The reply to QUIT, to RESET on a shared link, to CLIENT SETNAME: Redis's own words.
    static let ok: StaticString = "+OK\r\n"
    static let reset: StaticString = "+RESET\r\n"

    /// Redis cannot be reached: nothing was sent, nothing has happened; the connection closes.
    static func unavailable(_ reason: String) -> ByteString {
        ByteString("-ERR freshet: upstream unavailable: \(oneLine(reason))\r\n")
    }

    /// A write to a key of the index would let a client forge or lose tags.
    static func reserved(_ key: Span<UInt8>) -> ByteString {
        let shown = ByteString(key.extracting(0..<min(key.count, 100)))
        return ByteString(
            "-ERR freshet: key '\(shown)' is reserved for the tag index: choose a name without the prefix"
                + " freshet:tag:, freshet:dep:, freshet:sub:, freshet:own:, freshet:run: or freshet:drain\r\n"
        )
    }

    /// The command is named by `deny` in proxy.conf.
    static func denied(_ command: String) -> ByteString {
        ByteString("-NOPERM freshet: command '\(oneLine(command))' is denied by proxy.conf\r\n")
    }

    /// `scripts deny` is set.
    static let scriptsDenied: ByteString =
        "-NOPERM freshet: scripts are denied by proxy.conf (directive scripts)\r\n"

    /// The primary is away, and at the fallback applications may only read (`failover reads`).
    static let readsOnly: ByteString =
        "-READONLY freshet: the primary Redis is away, and proxy.conf allows reads only (failover reads)\r\n"

    /// `max-clients` is reached: Redis's own text.
    static let tooManyClients: StaticString = "-ERR max number of clients reached\r\n"

    /// A request that Redis answers with an error and that changes nothing: it stands in for a refused one,
    /// so that the refusal keeps its place among the replies and a transaction is aborted as by any faulty
    /// command.
    static let placeholder: ByteString = "*1\r\n$3\r\nGET\r\n"

    private static func oneLine(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
    }
}
