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
        let tables = tables.span
        var value = ~seed
        var index = 0
        while index + 8 <= bytes.count {
            let low = value ^ word(bytes, index)
            let high = word(bytes, index + 4)
            value = tables[1792 + Int(low & 0xff)] ^ tables[1536 + Int(low >> 8 & 0xff)]
            value ^= tables[1280 + Int(low >> 16 & 0xff)] ^ tables[1024 + Int(low >> 24)]
            value ^= tables[768 + Int(high & 0xff)] ^ tables[512 + Int(high >> 8 & 0xff)]
            value ^= tables[256 + Int(high >> 16 & 0xff)] ^ tables[Int(high >> 24)]
            index += 8
        }
        while index < bytes.count {
            value = value >> 8 ^ tables[Int((value ^ UInt32(bytes[index])) & 0xff)]
            index += 1
        }
        return ~value
    }

    @inline(__always)
    private func word(_ bytes: Span<UInt8>, _ index: Int) -> UInt32 {
        let low = UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8
        return low | UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24
    }
}
