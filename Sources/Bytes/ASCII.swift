/// Bytes that the code names.
public enum ASCII {
    public static let tab: UInt8 = 0x09
    public static let lineFeed: UInt8 = 0x0a
    public static let carriageReturn: UInt8 = 0x0d
    public static let space: UInt8 = 0x20
    public static let dollar: UInt8 = 0x24
    public static let asterisk: UInt8 = 0x2a
    public static let minus: UInt8 = 0x2d
    public static let zero: UInt8 = 0x30
    public static let colon: UInt8 = 0x3a

    /// Whether `byte` is part of a line's end.
    public static func endsLine(_ byte: UInt8) -> Bool { byte == lineFeed || byte == carriageReturn }

    /// `byte` as an upper-case letter where it is a lower-case one.
    @inlinable public static func uppercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte
    }

    /// Whether `bytes` spell `word`, an upper-case literal, in any case.
    @inlinable public static func matches(_ bytes: Span<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for index in bytes.indices {
            let expected = unsafe word.utf8Start[index]
            if uppercased(bytes[index]) != expected { return false }
        }
        return true
    }

    /// `bytes` as a signed 64-bit integer, exactly as Redis's `string2ll` reads one.
    ///
    /// No spaces, no plus sign, no leading zero but a lone `0`, no `-0`. Nil for anything else and for an
    /// overflow.
    public static func integer(_ bytes: Span<UInt8>) -> Int? {
        guard !bytes.isEmpty, bytes.count <= 20 else { return nil }
        let negative = bytes[0] == minus
        let start = negative ? 1 : 0
        guard bytes.count > start else { return nil }
        if bytes[start] == zero { return bytes.count == 1 ? 0 : nil }
        var magnitude: UInt = 0
        for index in start..<bytes.count {
            let digit = bytes[index] &- zero
            guard digit <= 9 else { return nil }
            let (product, overflowed) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt(digit))
            guard !overflowed, !carried else { return nil }
            magnitude = sum
        }
        if negative { return magnitude <= UInt(Int.max) + 1 ? Int(truncatingIfNeeded: 0 &- magnitude) : nil }
        return Int(exactly: magnitude)
    }
}
