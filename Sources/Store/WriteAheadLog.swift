#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Syncs SQLite's write-ahead log about once a second, which SQLite itself does with each commit or never.
final class WriteAheadLog {
    private let path: String
    private(set) var isDirty = false
    private var last: UInt64 = 0

    init(path: String) { self.path = path }

    /// A transaction was committed.
    func written() { isDirty = true }

    func syncWhenDue(milliseconds: Int32) throws(FileError) {
        guard isDirty, Self.now() &- last >= UInt64(max(5, milliseconds)) - 5 else { return }
        last = Self.now()
        isDirty = false
        guard sync() else { throw FileError("sync", path) }
    }

    /// Syncs at once.
    ///
    /// Any descriptor of a file syncs all of it. No lock is lost with this one: SQLite's are on other files.
    @discardableResult
    func sync() -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT }
        defer { close(descriptor) }
        return fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS
    }

    /// Milliseconds of the monotonic clock.
    static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
