/// An identifier of 128 bits that sorts by time: 48 bits of milliseconds, 80 random bits.
///
/// Written as 26 characters of Crockford's base 32.
public struct ULID: Sendable, Hashable {
    /// Milliseconds and the upper 16 random bits.
    public let high: UInt64
    /// The lower 64 random bits.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh identifier of the moment `time`.
    public init(at time: AuditTime = .now()) {
        high = UInt64(time.wallMicroseconds / 1000) << 16 | UInt64.random(in: 0...0xffff)
        low = .random(in: 0...UInt64.max)
    }
}

extension ULID: CustomStringConvertible {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    public var description: String {
        var digits = [UInt8](repeating: 0, count: 26)
        var rest = (high: high, low: low)
        for index in digits.indices.reversed() {
            digits[index] = Self.alphabet[Int(rest.low & 31)]
            rest.low = rest.low >> 5 | rest.high << 59
            rest.high >>= 5
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
