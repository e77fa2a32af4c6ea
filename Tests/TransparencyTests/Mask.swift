/// A part of a reply that varies by nature; everything else must be equal to the byte.
enum Mask: Sendable {
    /// The connection's id in HELLO's reply.
    case helloIdentifier
    /// Every run of decimal digits, with the length headers around it: times, ids.
    case digits

    func applied(to bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .helloIdentifier: Self.withoutDigits(bytes, after: Array("$2\r\nid\r\n:".utf8))
        case .digits: Self.withoutDigits(bytes, after: [])
        }
    }

    /// Replaces each run of digits that follows `prefix` by one `#`.
    private static func withoutDigits(_ bytes: [UInt8], after prefix: [UInt8]) -> [UInt8] {
        var masked: [UInt8] = []
        var inRun = false
        for byte in bytes {
            guard (0x30...0x39).contains(byte) else {
                masked.append(byte)
                inRun = false
                continue
            }
            if inRun { continue }
            inRun = masked.suffix(prefix.count).elementsEqual(prefix)
            masked.append(inRun ? 0x23 : byte)
        }
        return masked
    }
}

extension [Mask] {
    func applied(to bytes: [UInt8]) -> [UInt8] { reduce(bytes) { $1.applied(to: $0) } }
}
