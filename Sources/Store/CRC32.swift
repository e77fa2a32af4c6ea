/// The CRC-32 of Ethernet and zip, eight bytes at a time.
struct CRC32 {
    /// Table `k` tells what a byte adds with `k` more bytes behind it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xff)]
        }
        return tables
    }()

    private let tables = Self.tables

    func checksum(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe tables.withUnsafeBufferPointer { tables in
                unsafe Self.checksum(bytes, tables, seed)
            }
        }
    }

    /// Unchecked, for it is on the path of every write that owes a cascade: an index into `tables` is a byte
    /// and the number of a table.
    private static func checksum(
        _ bytes: UnsafeRawBufferPointer, _ tables: UnsafeBufferPointer<UInt32>, _ seed: UInt32
    ) -> UInt32 {
        var value = ~seed
        var index = 0
        while index &+ 8 <= bytes.count {
            let word = unsafe UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            var rest = word ^ UInt64(value)
            value = 0
            var table = 1792
            while table >= 0 {
                value ^= unsafe tables[table &+ Int(truncatingIfNeeded: rest & 0xff)]
                rest >>= 8
                table &-= 256
            }
            index &+= 8
        }
        while index < bytes.count {
            let place = Int(truncatingIfNeeded: (value ^ UInt32(unsafe bytes[index])) & 0xff)
            value = unsafe value >> 8 ^ tables[place]
            index &+= 1
        }
        return ~value
    }
}
