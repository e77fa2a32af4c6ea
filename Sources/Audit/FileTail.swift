#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How an audit file ends, and so where its chain goes on.
enum FileTail: Equatable {
    case empty
    /// The last whole line and the bytes of a torn line behind it; `size` is the file's without those.
    case intact(ChainLink, size: Int64, tornBytes: Int64)
    /// The last whole line is not a record with a right hash.
    case damaged

    static func read(_ descriptor: Int32, size: Int64) -> FileTail {
        if size <= 0 { return .empty }
        var window: Int64 = 64 * 1024
        while true {
            let start = max(0, size - window)
            guard let bytes = bytes(descriptor, start..<size) else { return .damaged }
            if let tail = tail(of: bytes, start: start) { return tail }
            window *= 4
        }
    }

    /// Nil when more must be read to find where the last whole line begins.
    private static func tail(of bytes: [UInt8], start: Int64) -> FileTail? {
        guard let end = bytes.lastIndex(of: 0x0a) else { return start == 0 ? .empty : nil }
        let before = bytes[..<end].lastIndex(of: 0x0a)
        if before == nil, start > 0 { return nil }
        let line = Array(bytes[(before.map { $0 + 1 } ?? 0)..<end])
        guard let link = AuditLine(line)?.link(after: nil) else { return .damaged }
        return .intact(link, size: start + Int64(end) + 1, tornBytes: Int64(bytes.count - end - 1))
    }

    static func bytes(_ descriptor: Int32, _ range: Range<Int64>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
            let wanted = bytes.count - filled
            let count = unsafe bytes.withUnsafeMutableBytes { target in
                unsafe pread(
                    descriptor, target.baseAddress! + filled, wanted, off_t(range.lowerBound) + off_t(filled))
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return nil }
            filled += count
        }
        return bytes
    }
}
