/// Where requests over HTTP go: `http://host[:port][/path]`, or the same with `https://`.
public struct WebAddress: Sendable, Hashable {
    public var isTLS: Bool
    /// A host and a port, always.
    public var address: Address
    /// Empty, or from its slash on; may hold a query, and a secret.
    public var path: String

    /// Reads a URL. The thrown message never quotes it: its path may be a secret.
    init(url: String) throws(Refusal) {
        var rest: Substring
        if url.hasPrefix("http://") {
            (isTLS, rest) = (false, url.dropFirst(7))
        } else if url.hasPrefix("https://") {
            (isTLS, rest) = (true, url.dropFirst(8))
        } else {
            throw .form
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let host = rest[..<end]
        rest = rest[end...]
        if host.contains("@") { throw .user }
        guard let address = Address(hostAndPort: String(host), defaultPort: isTLS ? 443 : 80) else {
            throw .host
        }
        if case .tcp(_, 0) = address { throw .host }
        guard rest.first != "?", rest.utf8.count <= 2048, rest.utf8.allSatisfy(Self.isPathByte) else {
            throw .path
        }
        self.address = address
        path = rest == "/" ? "" : String(rest)
    }

    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x22, 0x23, 0x3c, 0x3e, 0x5c, 0x5e, 0x60, 0x7b, 0x7c, 0x7d: false
        default: byte > 0x20 && byte < 0x7f
        }
    }

    /// Scheme, host and port, without what may be secret.
    public var origin: String {
        let isUsual = if case .tcp(_, let port) = address { port == (isTLS ? 443 : 80) } else { false }
        let text = "\(address)"
        let host = isUsual ? String(text[..<(text.lastIndex(of: ":") ?? text.endIndex)]) : text
        return (isTLS ? "https://" : "http://") + host
    }

    /// The whole URL.
    public var url: String { origin + path }
    /// The URL with `***` for its path.
    public var redacted: String { path.isEmpty ? origin : origin + "/***" }
}

extension WebAddress {
    /// Why a URL is not accepted.
    enum Refusal: String, Error {
        case form = "expected http://host[:port][/path], or https://..."
        case user = "expected no user or password in the URL: a token belongs into a token file"
        case host = "expected a host, and a port from 1 to 65535, as in http://127.0.0.1:9093"
        case path = "expected a path of visible characters after the host, at most 2048 of them, without '#'"
    }
}
