import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The file named by `pid-file`, for whoever sends signals.
enum PidFile {
    static func write(to path: String, _ log: Logger) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            return log.error("cannot write the pid file", metadata: ["path": "\(path)", "errno": "\(errno)"])
        }
        let text = Array("\(getpid())\n".utf8)
        _ = unsafe Glibc.write(file, text, text.count)
        _ = close(file)
    }

    /// Removes the file unless another process has written its own number into it since.
    static func remove(_ path: String) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = unsafe read(file, &bytes, bytes.count)
        _ = close(file)
        if count > 0, bytes.prefix(count).elementsEqual("\(getpid())\n".utf8) { _ = unsafe unlink(path) }
    }
}
