public import Bytes

/// The Redis behind the proxy, and who Freshet is on its own links.
public struct Upstream: Sendable, Hashable {
    public var address: Address
    /// Whether links are encrypted (`rediss://`).
    public var isTLS: Bool
    /// The ACL user; nil means Redis's `default`.
    public var user: ByteString?
    /// Never rendered: its description is `***`.
    public var password: Secret?

    public init(
        address: Address, user: ByteString? = nil, password: Secret? = nil, isTLS: Bool = false
    ) {
        self.address = address
        self.isTLS = isTLS
        self.user = user
        self.password = password
    }

    /// Reads `redis://[user[:password]@]host[:port]`, the same with `rediss://`, or
    /// `unix://[user[:password]@]/path`.
    ///
    /// User and password may be percent-encoded. The thrown message never quotes the URL: it may hold a
    /// password.
    init(url: String) throws(Refusal) {
        guard let scheme = Self.scheme(of: url) else { throw .form }
        isTLS = scheme.isTLS
        var rest = url[scheme.end...]
        var userInfo: Substring?
        let authorityEnd = rest.firstIndex(of: "/") ?? rest.endIndex
        if let at = rest[..<authorityEnd].lastIndex(of: "@") {
            userInfo = rest[..<at]
            rest = rest[rest.index(after: at)...]
        }
        address = try Self.address(String(rest), isUnix: scheme.isUnix)
        if let userInfo { try adopt(userInfo) }
    }

    private static func scheme(of url: String) -> (end: String.Index, isUnix: Bool, isTLS: Bool)? {
        for (prefix, isUnix) in [
            ("redis://", false), ("rediss://", false), ("unix://", true), ("redis+unix://", true),
        ] where url.hasPrefix(prefix) {
            return (url.index(url.startIndex, offsetBy: prefix.count), isUnix, prefix == "rediss://")
        }
        return nil
    }

    private static func address(_ text: String, isUnix: Bool) throws(Refusal) -> Address {
        if isUnix {
            guard let address = Address(path: text) else { throw .path }
            return address
        }
        let trimmed = text.last == "/" ? String(text.dropLast()) : text
        if trimmed.contains("/") { throw .database }
        guard let address = Address(hostAndPort: trimmed, defaultPort: 6379) else { throw .host }
        if case .tcp(_, 0) = address { throw .host }
        return address
    }

    private mutating func adopt(_ userInfo: Substring) throws(Refusal) {
        let colon = userInfo.firstIndex(of: ":")
        let name = try Self.percentDecoded(userInfo[..<(colon ?? userInfo.endIndex)])
        user = name.isEmpty ? nil : name
        guard let colon else { return }
        let secret = try Self.percentDecoded(userInfo[userInfo.index(after: colon)...])
        password = secret.isEmpty ? nil : Secret(secret)
    }

    private static func percentDecoded(_ text: Substring) throws(Refusal) -> ByteString {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x25 else {
                decoded.append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < bytes.count, let byte = Hexadecimal.byte(bytes[index + 1], bytes[index + 2])
            else { throw .percent }
            decoded.append(byte)
            index += 3
        }
        return ByteString(decoded)
    }
}

extension Upstream {
    /// Why a URL is not accepted.
    enum Refusal: String, Error {
        case form = "expected redis://[user[:password]@]host[:port], rediss://... for TLS, or unix:///path"
        case host = "expected a host and a port from 1 to 65535 after redis://, as in redis://127.0.0.1:6379"
        case path = "expected an absolute path of at most 107 bytes, as in unix:///run/redis/redis.sock"
        case database =
            "expected nothing after the port: SELECT chooses a database ('/' in a password is %2F)"
        case percent = "expected two hexadecimal digits after '%' in user or password (a '%' itself is %25)"
    }
}

extension Upstream: CustomStringConvertible {
    /// The URL with the password as `***`.
    public var description: String { url(showSecrets: false) }

    /// The URL that `init(url:)` reads; with the password only when asked to show it.
    func url(showSecrets: Bool) -> String {
        var info = ""
        if let user { info = Self.percentEncoded(user) }
        if let password { info += ":" + (showSecrets ? Self.percentEncoded(password.revealed) : "***") }
        if !info.isEmpty { info += "@" }
        return switch address {
        case .tcp: "\(isTLS ? "rediss" : "redis")://\(info)\(address)"
        case .unix(let path): "unix://\(info)\(path)"
        }
    }

    private static func percentEncoded(_ bytes: ByteString) -> String {
        bytes.bytes.reduce(into: "") { text, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + Hexadecimal.text(byte)
            }
        }
    }
}
