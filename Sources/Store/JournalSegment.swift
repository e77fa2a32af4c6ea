import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One file of a journal: locked by its owner, so that others can tell when it is dead.
///
/// Its room is taken when it is made, so that a disk that fills up later does not matter for as long as the
/// file lasts.
final class JournalSegment: Sendable {
    /// What the name of a file ends with while it is being made.
    static let draftSuffix = ".new"

    let path: String
    let descriptor: Int32

    private let wasRemoved = Atomic(false)

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Makes the file under another name and renames it once it is locked, so that nobody ever sees one that
    /// only seems to be abandoned.
    static func create(path: String, header: [UInt8], byteCount: Int) throws(FileError) -> JournalSegment {
        let draft = path + draftSuffix
        let descriptor = unsafe open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", draft) }
        let segment = JournalSegment(path: path, descriptor: descriptor)
        do throws(FileError) {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw FileError("lock", draft) }
            let code = posix_fallocate(descriptor, 0, off_t(byteCount))
            if code != 0 {
                errno = code
                throw FileError("take room for", draft)
            }
            guard unsafe pwrite(descriptor, header, header.count, 0) == header.count else {
                throw FileError("write", draft)
            }
            guard unsafe rename(draft, path) == 0 else { throw FileError("rename", draft) }
        } catch {
            unsafe unlink(draft)
            throw error
        }
        return segment
    }

    /// Opens a file that its owner has left behind; nil where the owner lives, or somebody else was faster.
    static func adopt(path: String) throws(FileError) -> JournalSegment? {
        let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileError("open", path)
        }
        let segment = JournalSegment(path: path, descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
        var status = stat()
        // Whoever had the lock before may have removed the file.
        guard unsafe fstat(descriptor, &status) == 0, status.st_nlink > 0 else { return nil }
        return segment
    }

    /// Writes all of `bytes`; on an error what is there from `offset` on is undefined.
    func write(_ bytes: Span<UInt8>, at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { source in
                unsafe pwrite(
                    descriptor, source.baseAddress! + done, source.count - done, off_t(offset + done))
            }
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw FileError("write", path)
            }
        }
    }

    func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let found = unsafe bytes.withUnsafeMutableBytes { target in
                unsafe pread(descriptor, target.baseAddress! + done, count - done, off_t(offset + done))
            }
            if found < 0, errno == EINTR { continue }
            if found < 0 { throw FileError("read", path) }
            if found == 0 { break }
            done += found
        }
        return Array(bytes[..<done])
    }

    /// All that is in the file.
    func contents() throws(FileError) -> [UInt8] {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw FileError("measure", path) }
        return try read(Int(status.st_size), at: 0)
    }

    /// Whether somebody else has taken the file's name: what is in it nobody will find.
    ///
    /// Its owner removes it when everything in it is done, which may be while it is being synced.
    var isLost: Bool {
        var status = stat()
        if unsafe fstat(descriptor, &status) == 0, status.st_nlink > 0 { return false }
        return !wasRemoved.load(ordering: .acquiring)
    }

    func sync() throws(FileError) {
        guard fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
            throw FileError("sync", path)
        }
    }

    func remove() {
        wasRemoved.store(true, ordering: .releasing)
        unsafe unlink(path)
    }
}
