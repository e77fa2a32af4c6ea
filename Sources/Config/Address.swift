/// Where a socket listens or connects: TCP host and port, or the path of a Unix socket.
public enum Address: Sendable, Hashable {
    /// A name or numeric address (IPv6 without brackets) and a port; port 0 lets the kernel choose one to
    /// listen on.
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// The longest path that fits `sockaddr_un` with its closing NUL.
    static let longestPathByteCount = 107

    /// Reads `host:port`, `[v6]:port` or `unix:/path`; nil for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            self.init(path: String(text.dropFirst("unix:".count)))
        } else {
            self.init(hostAndPort: text, defaultPort: nil)
        }
    }

    init?(path: String) {
        let bytes = path.utf8
        guard bytes.count > 1, bytes.first == 0x2f, bytes.count <= Self.longestPathByteCount,
            !bytes.contains(0)
        else { return nil }
        self = .unix(path: path)
    }

    init?(hostAndPort text: String, defaultPort: Int?) {
        guard let (host, rest) = Self.splitHost(text) else { return nil }
        if rest.isEmpty {
            guard let defaultPort else { return nil }
            self = .tcp(host: host, port: defaultPort)
            return
        }
        guard rest.first == ":", let port = Self.port(rest.dropFirst()) else { return nil }
        self = .tcp(host: host, port: port)
    }

    private static func splitHost(_ text: String) -> (host: String, rest: Substring)? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = text[text.index(after: text.startIndex)..<end]
            guard host.contains(":"), host.utf8.allSatisfy(isVersion6Byte) else { return nil }
            return (String(host), text[text.index(after: end)...])
        }
        let end = text.firstIndex(of: ":") ?? text.endIndex
        let host = text[..<end]
        guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy(isNameByte) else { return nil }
        return (String(host), text[end...])
    }

    private static func port(_ digits: Substring) -> Int? {
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let port = Int(digits), port <= 65535
        else { return nil }
        return port
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
        default: false
        }
    }

    /// Hexadecimal groups, an embedded IPv4 address and a zone such as `%eth0`.
    private static func isVersion6Byte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == 0x3a || byte == 0x25
    }
}

extension Address: CustomStringConvertible {
    /// The form that `init(_:)` reads.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

extension Address {
    /// Whether a listener on this address gets who connects to `other`, as far as the texts tell.
    func covers(_ other: Address) -> Bool {
        switch (self, other) {
        case (.unix(let path), .unix(let wanted)): return path == wanted
        case (.tcp(let host, let port), .tcp(let wanted, let wantedPort)):
            guard port == wantedPort, port != 0 else { return false }
            let (host, wanted) = (Self.numeric(host), Self.numeric(wanted))
            return host == wanted || (host == "0.0.0.0" && wanted.hasPrefix("127."))
                || (host == "::" && wanted == "::1")
        default: return false
        }
    }

    private static func numeric(_ host: String) -> String {
        host.lowercased() == "localhost" ? "127.0.0.1" : host.lowercased()
    }
}
