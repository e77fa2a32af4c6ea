#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reads an audit file line by line, holding no more than a line and a block.
final class SegmentReader {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0
    private var hasEnded = false
    /// Bytes behind the last newline, known once all lines are read.
    private(set) var tornBytes = 0
    private(set) var failed = false

    /// Nil when the file cannot be opened; `errno` says why.
    init?(path: String) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    /// What was never opened is not closed: that would change `errno`.
    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next whole line without its newline.
    func next() -> [UInt8]? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0a) {
                defer { position = end + 1 }
                return Array(buffer[position..<end])
            }
            searched = buffer.count - position
            buffer.removeFirst(position)
            position = 0
            if !fill() { return nil }
        }
    }

    /// The first line, read on its own.
    func first() -> [UInt8]? {
        let size = lseek(descriptor, 0, SEEK_END)
        guard let bytes = FileTail.bytes(descriptor, 0..<Int64(min(size, 4096))) else { return nil }
        return bytes.firstIndex(of: 0x0a).map { Array(bytes[..<$0]) }
    }

    /// The last whole line, found by reading all.
    func lastWhole() -> [UInt8]? {
        var last: [UInt8]?
        while let line = next() { last = line }
        return last
    }

    private func fill() -> Bool {
        if hasEnded { return false }
        var block = [UInt8](repeating: 0, count: 65536)
        let count = unsafe block.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { return fill() }
        if count <= 0 {
            hasEnded = true
            failed = count < 0
            tornBytes = buffer.count
            return false
        }
        buffer += block[..<count]
        return true
    }
}
