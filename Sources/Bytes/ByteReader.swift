/// Reads what `ByteWriter` wrote, from bytes that may be damaged.
///
/// Every read is checked; nothing is allocated on the word of a damaged length.
public struct ByteReader: Sendable {
    /// The bytes end too early or do not mean anything.
    public struct Damage: Error, Equatable, Sendable {
        /// Where reading stopped, in bytes from the beginning.
        public var offset: Int
    }

    private let bytes: [UInt8]
    private var position = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var isAtEnd: Bool { position == bytes.count }

    /// What a reader throws that finds a value without a meaning.
    public var damage: Damage { Damage(offset: position) }

    public mutating func byte() throws(Damage) -> UInt8 {
        guard position < bytes.count else { throw damage }
        defer { position += 1 }
        return bytes[position]
    }

    public mutating func number() throws(Damage) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 63 || (shift == 63 && next < 2) else { throw damage }
            number |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return number }
            shift += 7
        }
    }

    public mutating func integer() throws(Damage) -> Int {
        let zigzag = try number()
        return Int(bitPattern: UInt(zigzag >> 1)) ^ -Int(zigzag & 1)
    }

    public mutating func flag() throws(Damage) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw damage
        }
    }

    public mutating func string() throws(Damage) -> ByteString {
        let count = try number()
        guard count <= UInt64(bytes.count - position) else { throw damage }
        defer { position += Int(count) }
        return ByteString(Array(bytes[position..<position + Int(count)]))
    }

    public mutating func text() throws(Damage) -> String { try string().text }

    public mutating func optional<Value>(
        _ body: (inout ByteReader) throws(Damage) -> Value
    ) throws(Damage) -> Value? {
        try flag() ? try body(&self) : nil
    }

    public mutating func list<Element>(
        _ body: (inout ByteReader) throws(Damage) -> Element
    ) throws(Damage) -> [Element] {
        let count = try number()
        guard count <= UInt64(bytes.count - position) else { throw damage }
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try body(&self)) }
        return elements
    }
}
