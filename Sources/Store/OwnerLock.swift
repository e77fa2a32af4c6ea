#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The mark of the one process that owns a state directory: a locked file with its number in it.
///
/// The kernel lets go of the lock when the process ends, however it ends.
final class OwnerLock {
    enum Outcome {
        case owned(OwnerLock)
        /// Another process has it; its number, where the file tells.
        case taken(by: Int32?)
        case failed(FileError)
    }

    static let name = "owner.lock"

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    static func acquire(in directory: String) -> Outcome {
        let path = directory + "/" + name
        // It may have been missing when its disk was full.
        _ = unsafe mkdir(directory, 0o700)
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return .failed(FileError("open", path)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            defer { close(descriptor) }
            return errno == EWOULDBLOCK
                ? .taken(by: owner(descriptor)) : .failed(FileError("lock", path))
        }
        let text = Array("\(getpid())\n".utf8)
        // Only a help for people: a disk that has no room for it must not keep the lock from holding.
        _ = ftruncate(descriptor, 0)
        _ = unsafe pwrite(descriptor, text, text.count, 0)
        return .owned(OwnerLock(descriptor))
    }

    private static func owner(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != 0x0a }, as: UTF8.self))
    }
}
