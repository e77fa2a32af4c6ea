#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file read whole, and which file it was.
struct FileContent {
    /// What makes two paths the same file.
    struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// Why a file could not be read, as in `No such file or directory`.
    struct Failure: Error {
        let reason: String
    }

    let bytes: [UInt8]
    let identity: Identity

    /// Reads at most `limit` bytes; a longer file is a failure.
    init(path: String, limit: Int) throws(Failure) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.systemFailure() }
        defer { _ = close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Self.systemFailure() }
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        bytes = try Self.readAll(descriptor, limit: limit)
    }

    private static func readAll(_ descriptor: Int32, limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe block.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw systemFailure()
            }
            bytes.append(contentsOf: block[..<count])
            if bytes.count > limit { throw Failure(reason: "it is larger than \(SizeText.render(limit))") }
        }
    }

    private static func systemFailure() -> Failure {
        unsafe Failure(reason: String(cString: strerror(errno)))
    }
}
