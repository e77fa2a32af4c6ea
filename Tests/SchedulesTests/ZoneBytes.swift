import TestSupport

/// A TZif file made by hand.
struct ZoneBytes {
    var version: UInt8
    var changes: [(time: Int64, type: UInt8)]
    var offsets: [Int32]
    var footer: String?

    init(version: UInt8, changes: [(time: Int64, type: UInt8)], offsets: [Int32], footer: String? = nil) {
        self.version = version
        self.changes = changes
        self.offsets = offsets
        self.footer = footer
    }

    var bytes: [UInt8] {
        var bytes = block(timeBytes: 4)
        if version > 1 { bytes += block(timeBytes: 8) }
        if let footer { bytes += Array("\n\(footer)\n".utf8) }
        return bytes
    }

    func write(to path: String) throws { try Self.write(bytes, to: path) }

    static func write(_ bytes: [UInt8], to path: String) throws {
        try FileSystem.write(bytes, to: path)
    }

    private func block(timeBytes: Int) -> [UInt8] {
        var bytes =
            Array("TZif".utf8) + [version == 1 ? 0 : version + 0x30] + [UInt8](repeating: 0, count: 15)
        for count in [0, 0, 0, changes.count, offsets.count, 4] { bytes += Self.big(Int64(count), 4) }
        for change in changes { bytes += Self.big(change.time, timeBytes) }
        bytes += changes.map(\.type)
        for offset in offsets { bytes += Self.big(Int64(offset), 4) + [0, 0] }
        return bytes + Array("ABC\0".utf8)
    }

    private static func big(_ value: Int64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * Int64($0))) }
    }
}
