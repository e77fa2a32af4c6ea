#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many transactions were committed to the store's file, and how many items it had then: a file beside
/// it.
///
/// SQLite takes a write-ahead log for as long as it is sound, and drops the rest without a word: one bit
/// that has changed loses every transaction behind it. What this file says after each commit shows it. Two
/// slots are written in turn, so that one is whole whenever the process ends.
final class CommitCount {
    struct Value: Equatable {
        var commits: Int64 = 0
        var items: Int64 = 0
    }

    static let suffix = "-count"

    private static let magic = Array("FRSHCNT1".utf8)
    private static let slotLength = 32

    private let descriptor: Int32
    private let checksum = CRC32()
    /// What the file said when it was opened; nil where it said nothing.
    let found: Value?

    /// Opens or makes the file beside `path`; one that cannot be written keeps no commit from succeeding.
    init(beside path: String) {
        descriptor = unsafe open(path + Self.suffix, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        var bytes = [UInt8](repeating: 0, count: 2 * Self.slotLength)
        let count = descriptor < 0 ? 0 : unsafe pread(descriptor, &bytes, bytes.count, 0)
        let (length, sum) = (Self.slotLength, checksum)
        found = (0..<max(0, count) / length).compactMap { slot in
            Self.value(bytes[slot * length..<(slot + 1) * length], sum)
        }.max { $0.commits < $1.commits }
    }

    deinit {
        if descriptor >= 0 { FileError.close(descriptor) }
    }

    func write(_ value: Value) {
        guard descriptor >= 0 else { return }
        var bytes = Self.magic
        bytes.append(littleEndian: value.commits)
        bytes.append(littleEndian: value.items)
        bytes.append(littleEndian: Int64(checksum.checksum(bytes.span)))
        _ = unsafe pwrite(descriptor, bytes, bytes.count, off_t(value.commits & 1) * off_t(Self.slotLength))
    }

    private static func value(_ slot: ArraySlice<UInt8>, _ checksum: CRC32) -> Value? {
        let bytes = Array(slot)
        let sum = Int64(checksum.checksum(bytes.span.extracting(0..<24)))
        guard bytes.starts(with: magic), bytes.number(at: 24) == sum else { return nil }
        return Value(commits: bytes.number(at: 8), items: bytes.number(at: 16))
    }
}

extension [UInt8] {
    mutating func append(littleEndian number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    fileprivate func number(at place: Int) -> Int64 {
        (0..<8).reduce(0) { $0 | Int64(self[place + $1]) << Int64(8 * $1) }
    }
}
