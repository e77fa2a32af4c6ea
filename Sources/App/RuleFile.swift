public import Config

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where the rules set at run time outlive the process: `rules.conf` in the state directory.
public struct RuleFile {
    /// Why it could not be read or written, as in `No space left on device`.
    public struct Failure: Error {
        public let reason: String
    }

    public let path: String

    /// The file in the folder.
    public init(folder: String) { path = folder + "/" + RuleBook.fileName }

    /// The book as it was written last; an empty one where none ever was.
    public func read() throws(Failure) -> RuleBook {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return RuleBook() }
            throw Self.failure()
        }
        defer { _ = close(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= RuleBook.longestByteCount {
            let count = unsafe block.withUnsafeMutableBytes {
                unsafe Glibc.read(file, $0.baseAddress, $0.count)
            }
            if count == 0 { return RuleBook(text: bytes) }
            if count > 0 { bytes += block[..<count] } else if errno != EINTR { throw Self.failure() }
        }
        throw Failure(reason: "it is larger than any list of rules")
    }

    /// Puts the book in the place of the old one: whoever reads finds either the one or the other, whole.
    public func write(_ book: RuleBook) throws(Failure) {
        let fresh = path + ".new"
        let file = unsafe open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure() }
        do throws(Failure) {
            try Self.write(book.text, to: file)
            guard fsync(file) == 0 else { throw Self.failure() }
        } catch {
            _ = close(file)
            _ = unsafe unlink(fresh)
            throw error
        }
        _ = close(file)
        guard unsafe rename(fresh, path) == 0 else { throw Self.failure() }
        syncFolder()
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(file, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count >= 0 { written += count } else if errno != EINTR { throw failure() }
        }
    }

    /// The new name, too, is to survive a power failure.
    private func syncFolder() {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        _ = close(descriptor)
    }

    private static func failure() -> Failure { unsafe Failure(reason: String(cString: strerror(errno))) }
}
