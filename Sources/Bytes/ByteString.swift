/// An owned string of bytes: a key, a tag, a field of a reply.
///
/// Redis strings are bytes, not text; nothing here assumes an encoding. `description` escapes what is not
/// printable.
public struct ByteString: Hashable, Sendable {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    public init(_ text: String) { bytes = Array(text.utf8) }

    /// Copies the viewed bytes.
    public init(_ view: Span<UInt8>) {
        bytes = unsafe [UInt8](unsafeUninitializedCapacity: view.count) { target, count in
            unsafe view.withUnsafeBufferPointer { source in
                _ = unsafe target.initialize(from: source)
            }
            count = view.count
        }
    }

    public var count: Int { bytes.count }
    public var isEmpty: Bool { bytes.isEmpty }
    public var span: Span<UInt8> { bytes.span }

    /// The bytes as text, invalid UTF-8 repaired. For messages only, never to compare or to send.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The bytes as a number, as Redis reads one.
    public var integer: Int? { ASCII.integer(bytes.span) }

    public func hasPrefix(_ prefix: ByteString) -> Bool { bytes.starts(with: prefix.bytes) }
}

extension ByteString {
    /// All bytes at once: an array would feed the hasher one after the other.
    public func hash(into hasher: inout Hasher) {
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
}

extension ByteString: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(text) }
}

extension ByteString: Comparable {
    /// Orders as memcmp does.
    public static func < (left: ByteString, right: ByteString) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension ByteString: CustomStringConvertible {
    /// The bytes as text that is safe in a terminal and in one line: well-formed UTF-8 as is, what moves the
    /// cursor, reorders or hides text, and what is no UTF-8, as Redis escapes it: `\n`, `\"`, `\x00`.
    public var description: String {
        var text = ""
        var index = 0
        while index < bytes.count {
            if let scalar = Visible.scalar(in: bytes.span, at: index) {
                text.unicodeScalars.append(scalar.value)
                index += scalar.length
            } else {
                text += Self.escaped(bytes[index])
                index += 1
            }
        }
        return text
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case 0x5c: "\\\\"
        case 0x22: "\\\""
        case 0x0a: "\\n"
        case 0x0d: "\\r"
        case 0x09: "\\t"
        default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
