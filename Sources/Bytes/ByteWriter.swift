/// Writes numbers and byte strings one after the other, for files that `ByteReader` reads.
///
/// Numbers are LEB128: seven bits a byte, the lowest first, so small ones are short; signed ones are zigzag.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    public mutating func write(_ number: Int) {
        write(UInt64(bitPattern: Int64((number << 1) ^ (number >> 63))))
    }

    public mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    /// The length, then the bytes.
    public mutating func write(_ string: ByteString) {
        write(UInt64(string.count))
        bytes += string.bytes
    }

    public mutating func write(_ text: String) { write(ByteString(text)) }

    /// Whether there is a value, then the value.
    public mutating func write<Value>(_ value: Value?, _ body: (inout ByteWriter, Value) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    /// How many elements there are, then each.
    public mutating func write<Element>(
        _ elements: some Collection<Element>, _ body: (inout ByteWriter, Element) -> Void
    ) {
        write(UInt64(elements.count))
        for element in elements { body(&self, element) }
    }
}
