/// Reads one Unicode scalar of well-formed UTF-8, as RFC 3629 defines it.
public enum UTF8Scalar {
    /// The scalar at `index` and how many bytes it takes; nil where the bytes are not well-formed.
    public static func decode(_ bytes: Span<UInt8>, at index: Int) -> (value: UInt32, length: Int)? {
        let first = UInt32(bytes[index])
        let shape: (length: Int, bits: UInt32, least: UInt32)
        switch first {
        case 0x00...0x7f: return (first, 1)
        case 0xc2...0xdf: shape = (2, first & 0x1f, 0x80)
        case 0xe0...0xef: shape = (3, first & 0x0f, 0x800)
        case 0xf0...0xf4: shape = (4, first & 0x07, 0x10000)
        default: return nil
        }
        guard index + shape.length <= bytes.count else { return nil }
        var value = shape.bits
        for offset in 1..<shape.length {
            let next = UInt32(bytes[index + offset])
            guard next & 0xc0 == 0x80 else { return nil }
            value = value << 6 | next & 0x3f
        }
        guard value >= shape.least, value <= 0x10ffff, !(0xd800...0xdfff).contains(value) else { return nil }
        return (value, shape.length)
    }
}
