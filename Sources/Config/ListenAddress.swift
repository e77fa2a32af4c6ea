/// Where applications connect, and whether by TLS.
public struct ListenAddress: Sendable, Hashable {
    public var address: Address
    public var isTLS: Bool

    public init(_ address: Address, isTLS: Bool = false) {
        self.address = address
        self.isTLS = isTLS
    }

    /// Reads an address, or `tls://host:port`; nil for anything else.
    public init?(_ text: String) {
        let isTLS = text.hasPrefix(Self.scheme)
        guard let address = Address(isTLS ? String(text.dropFirst(Self.scheme.count)) : text) else {
            return nil
        }
        if isTLS, case .unix = address { return nil }
        self.init(address, isTLS: isTLS)
    }

    private static let scheme = "tls://"
}

extension ListenAddress: CustomStringConvertible {
    /// The form that `init(_:)` reads.
    public var description: String { isTLS ? Self.scheme + "\(address)" : "\(address)" }
}
