import Bytes

/// The text form of a name that may be any bytes, without loss.
///
/// Well-formed UTF-8 stands for itself, a backslash is doubled, and every byte that is not part of
/// well-formed UTF-8 is written `\xNN`. `user:42` stays `user:42`; the bytes `a 0xff \ b` become `a\xff\\b`.
enum KeyText {
    private static let digits = Array("0123456789abcdef".utf8)
    private static let backslash: UInt8 = 0x5c

    static func escape(_ key: ByteString) -> [UInt8] {
        let bytes = key.span
        if isPlain(bytes) { return key.bytes }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == backslash {
                text += [backslash, backslash]
                index += 1
            } else if let scalar = UTF8Scalar.decode(bytes, at: index) {
                for offset in 0..<scalar.length { text.append(bytes[index + offset]) }
                index += scalar.length
            } else {
                text += [backslash, 0x78, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                index += 1
            }
        }
        return text
    }

    private static func isPlain(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where bytes[index] >= 0x80 || bytes[index] == backslash { return false }
        return true
    }

    /// The bytes that `escape` made `text` of; other text stands for itself.
    static func unescape(_ text: [UInt8]) -> ByteString {
        var bytes: [UInt8] = []
        var index = 0
        while index < text.count {
            let (byte, length) = unit(text, at: index)
            bytes.append(byte)
            index += length
        }
        return ByteString(bytes)
    }

    private static func unit(_ text: [UInt8], at index: Int) -> (byte: UInt8, length: Int) {
        guard text[index] == backslash, index + 1 < text.count else { return (text[index], 1) }
        if text[index + 1] == backslash { return (backslash, 2) }
        guard text[index + 1] == 0x78, index + 3 < text.count else { return (backslash, 1) }
        let hexadecimal = String(decoding: text[(index + 2)...(index + 3)], as: UTF8.self)
        guard let value = UInt8(hexadecimal, radix: 16) else { return (backslash, 1) }
        return (value, 4)
    }
}
