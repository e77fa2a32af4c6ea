/// A label that every alert carries.
public struct AlertLabel: Sendable, Hashable {
    /// Letters, digits and underscores, as Prometheus wants it.
    public var name: String
    public var value: String

    /// Names that say which alert it is; no label may change them.
    static let taken = ["alertname", "severity", "side"]
    static let longestByteCount = 256

    /// Reads `name=value`; nil for anything else.
    init?(_ text: String) {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let (name, value) = (text[..<equals], text[text.index(after: equals)...])
        guard let first = name.utf8.first, !(0x30...0x39).contains(first),
            name.utf8.allSatisfy(Self.isNameByte),
            text.utf8.count <= Self.longestByteCount, !value.isEmpty,
            value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
        else { return nil }
        self.name = String(name)
        self.value = String(value)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
        default: false
        }
    }

    /// `name=value`.
    public var text: String { "\(name)=\(value)" }
}
