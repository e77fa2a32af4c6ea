#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The live file: opened for one writer, appended to all or nothing, moved aside when it is full.
final class AuditFile {
    let family: SegmentFamily
    private var descriptor: Int32 = -1
    private(set) var size: Int64 = 0

    var isOpen: Bool { descriptor >= 0 }
    private var path: String { family.livePath }

    init(path: String) { family = SegmentFamily(path: path) }

    deinit { close() }

    /// Opens or creates the file and says how it ends; a torn last line is cut off.
    func open() throws(AuditError) -> FileTail {
        close()
        descriptor = Self.open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC)
        guard descriptor >= 0 else { throw AuditError("open", path) }
        try lock()
        try measure()
        let tail = FileTail.read(descriptor, size: size)
        switch tail {
        case .intact(_, let whole, let torn) where torn > 0: try cut(to: whole)
        case .empty where size > 0: try cut(to: 0)
        default: break
        }
        return tail
    }

    /// Keeps other processes out; a device is nobody's own and is not locked.
    private func lock() throws(AuditError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw AuditError("measure", path) }
        guard status.st_mode & S_IFMT == S_IFREG, flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        let error = AuditError(
            "lock", path, detail: "another process writes it; give each its own 'audit-file'")
        close()
        throw error
    }

    /// The file's first line, which names the instance that began the chain.
    func firstLine() -> [UInt8]? {
        guard let bytes = FileTail.bytes(descriptor, 0..<min(size, 4096)) else { return nil }
        return bytes.firstIndex(of: 0x0a).map { Array(bytes[..<$0]) }
    }

    /// Learns the file's size, which others may have changed.
    func measure() throws(AuditError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw AuditError("measure", path) }
        size = Int64(status.st_size)
    }

    /// Writes `bytes`; on an error the file is as it was, or closed when even that cannot be done.
    func append(_ bytes: [UInt8]) throws(AuditError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { source in
                unsafe write(descriptor, source.baseAddress! + written, source.count - written)
            }
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                let error = AuditError("write", path)
                if written > 0, ftruncate(descriptor, off_t(size)) != 0 { close() }
                throw error
            }
        }
        size += Int64(bytes.count)
    }

    func sync() throws(AuditError) {
        guard isOpen else { return }
        // EINVAL and EROFS: a device or pipe, which has nothing to sync.
        guard fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
            throw AuditError("sync", path)
        }
    }

    /// Gives the live file the next number and closes it; the oldest beyond `retain` are removed.
    func rotate(retain: Int) throws(AuditError) {
        let numbers = family.numbers()
        guard unsafe rename(path, family.path(number: (numbers.last ?? 0) + 1)) == 0 else {
            throw AuditError("rotate", path)
        }
        close()
        for number in numbers.dropLast(max(0, retain - 1)) { unsafe unlink(family.path(number: number)) }
        syncDirectory()
    }

    func close() {
        if descriptor >= 0 { _ = Self.close(descriptor) }
        descriptor = -1
    }

    private func cut(to length: Int64) throws(AuditError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw AuditError("truncate", path) }
        size = length
    }

    /// Makes the rename durable; a file system that cannot is left alone.
    private func syncDirectory() {
        let directory = Self.open(family.directory.isEmpty ? "." : family.directory, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        _ = Self.close(directory)
    }

    private static func open(_ path: String, _ flags: Int32) -> Int32 {
        #if canImport(Glibc)
            unsafe Glibc.open(path, flags, 0o640)
        #else
            unsafe Musl.open(path, flags, 0o640)
        #endif
    }

    private static func close(_ descriptor: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.close(descriptor)
        #else
            Musl.close(descriptor)
        #endif
    }
}
