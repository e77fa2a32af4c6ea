import Bytes

/// Writes JSON objects on one line, safe to show in a terminal.
///
/// Control characters (C0, DEL, C1) and invisible ones that reorder or break lines are written as `\uXXXX`,
/// so that no key can move the cursor, hide text or begin a new line.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    /// Whether the next member or element needs a comma before it.
    private var needsComma = false
    private static let digits = Array("0123456789abcdef".utf8)

    mutating func open(_ bracket: Unicode.Scalar) {
        comma()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    /// A member's name; its value must follow.
    mutating func name(_ name: StaticString) {
        comma()
        bytes.append(0x22)
        unsafe bytes.append(
            contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(0x22)
        bytes.append(0x3a)
        needsComma = false
    }

    mutating func number(_ value: some BinaryInteger) {
        comma()
        var text = "\(value)"
        text.withUTF8 { unsafe bytes.append(contentsOf: $0) }
        needsComma = true
    }

    /// A string; bytes that are not UTF-8 become U+FFFD (escape them first where they must not be lost).
    mutating func string(_ text: Span<UInt8>) {
        comma()
        bytes.append(0x22)
        var index = 0
        while index < text.count {
            let plain = Self.endOfPlain(text, from: index)
            if plain > index {
                unsafe text.extracting(index..<plain).withUnsafeBufferPointer {
                    unsafe bytes.append(contentsOf: $0)
                }
                index = plain
            } else if let scalar = UTF8Scalar.decode(text, at: index) {
                append(scalar.value, text, index..<index + scalar.length)
                index += scalar.length
            } else {
                bytes += [0xef, 0xbf, 0xbd]
                index += 1
            }
        }
        bytes.append(0x22)
        needsComma = true
    }

    mutating func string(_ text: String) { string(text.utf8Span.span) }

    /// Where letters end that stand for themselves.
    private static func endOfPlain(_ text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count {
            let byte = text[index]
            guard byte >= 0x20, byte < 0x7f, byte != 0x22, byte != 0x5c else { break }
            index += 1
        }
        return index
    }

    private mutating func append(_ scalar: UInt32, _ text: Span<UInt8>, _ range: Range<Int>) {
        switch scalar {
        case 0x22, 0x5c: bytes += [0x5c, UInt8(scalar)]
        case 0x0a: bytes += [0x5c, 0x6e]
        case 0x00..<0x20, 0x7f..<0xa0, 0x61c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x2069, 0xfeff:
            bytes += [0x5c, 0x75]
            for shift in [12, 8, 4, 0] as [UInt32] { bytes.append(Self.digits[Int(scalar >> shift & 15)]) }
        default:
            for index in range { bytes.append(text[index]) }
        }
    }

    private mutating func comma() {
        if needsComma { bytes.append(0x2c) }
    }
}
