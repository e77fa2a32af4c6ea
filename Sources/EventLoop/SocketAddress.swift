#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A numeric address of a stream socket: IPv4, IPv6 or a Unix path.
public struct SocketAddress: Sendable, Hashable {
    enum Storage: Sendable, Hashable {
        /// The address as `s_addr` holds it.
        case v4(UInt32, port: UInt16)
        case v6(UInt64, UInt64, scope: UInt32, port: UInt16)
        case unix(String)
    }

    let storage: Storage

    init(storage: Storage) { self.storage = storage }

    /// The address of a numeric IPv4 or IPv6 `ip` (a `%scope` may follow an IPv6 one); nil for a name or a
    /// bad port.
    public static func tcp(_ ip: String, port: Int) -> SocketAddress? {
        guard let port = UInt16(exactly: port) else { return nil }
        var v4 = in_addr()
        if unsafe inet_pton(AF_INET, ip, &v4) == 1 {
            return SocketAddress(storage: .v4(v4.s_addr, port: port))
        }
        let parts = ip.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        guard unsafe inet_pton(AF_INET6, String(host), &words) == 1 else { return nil }
        let scope = parts.count == 2 ? unsafe UInt32(parts[1]) ?? if_nametoindex(String(parts[1])) : 0
        if parts.count == 2, scope == 0 { return nil }
        return SocketAddress(storage: .v6(words.0, words.1, scope: scope, port: port))
    }

    /// The address of a Unix socket. A path of 108 bytes or more is refused only when it is used.
    public static func unix(_ path: String) -> SocketAddress { SocketAddress(storage: .unix(path)) }

    /// Reads what `description` writes: `127.0.0.1:6380`, `[::1]:6380`, `unix:/path`; nil for a name.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst("unix:".count)
            guard !path.isEmpty else { return nil }
            self = .unix(String(path))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard isBracketed == host.contains(":"), let address = SocketAddress.tcp(String(host), port: port)
        else {
            return nil
        }
        self = address
    }

    /// The port, nil for a Unix socket.
    public var port: Int? {
        switch storage {
        case .v4(_, let port), .v6(_, _, _, let port): Int(port)
        case .unix: nil
        }
    }

    /// Whether it stands for every address of the machine: `0.0.0.0` or `[::]`.
    public var isAnyAddress: Bool {
        switch storage {
        case .v4(let address, _): address == 0
        case .v6(let high, let low, _, _): high == 0 && low == 0
        case .unix: false
        }
    }

    /// The path of a Unix socket, nil for TCP.
    public var path: String? {
        if case .unix(let path) = storage { path } else { nil }
    }

    /// The numeric address without brackets and port, nil for a Unix socket.
    public var ip: String? {
        switch storage {
        case .v4(var address, _): return unsafe Self.text(AF_INET, &address)
        case .v6(let high, let low, let scope, _):
            var words = (high, low)
            let address = unsafe Self.text(AF_INET6, &words)
            return scope == 0 ? address : "\(address)%\(scope)"
        case .unix: return nil
        }
    }

    private static func text(_ family: Int32, _ address: UnsafeRawPointer) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            guard let text = unsafe inet_ntop(family, address, buffer.baseAddress, socklen_t(buffer.count))
            else {
                return "?"
            }
            return unsafe String(cString: text)
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    public var description: String {
        switch storage {
        case .v4(_, let port): "\(ip ?? "?"):\(port)"
        case .v6(_, _, _, let port): "[\(ip ?? "?")]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
