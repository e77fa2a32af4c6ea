#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Which file it is, whatever its name.
struct FileIdentity: Equatable {
    var device: UInt64
    var inode: UInt64
}

/// The file that a listening Unix socket leaves in the file system.
enum UnixSocketFile {
    static func status(_ path: String) -> (identity: FileIdentity, isSocket: Bool)? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        let identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        return (identity, status.st_mode & S_IFMT == S_IFSOCK)
    }

    /// Removes the file of a listener that is gone; throws when the path is taken by another file, or by a
    /// live listener unless there may be one.
    static func removeStale(_ path: String, mayBeLive: Bool) throws(StreamError) {
        guard let status = status(path) else { return }
        guard status.isSocket else {
            throw StreamError(
                code: EEXIST,
                context:
                    "cannot listen on unix:\(path): the path is a file that is not a socket; move it away")
        }
        guard try !isAnswering(path) else {
            if mayBeLive { return }
            throw StreamError(
                code: EADDRINUSE,
                context: "cannot listen on unix:\(path): stop what listens there or choose another path")
        }
        unsafe _ = unlink(path)
    }

    /// Removes the file unless another one has taken its place.
    static func remove(_ path: String, ifStill identity: FileIdentity) {
        if status(path)?.identity == identity { unsafe _ = unlink(path) }
    }

    private static func isAnswering(_ path: String) throws(StreamError) -> Bool {
        let descriptor = try SocketOption.makeSocket(AF_UNIX)
        defer { closeDescriptor(descriptor) }
        let code = unsafe SocketAddress.unix(path).withSystemAddress { address, count in
            unsafe connect(descriptor, address, count) == 0 ? 0 : errno
        }
        // EAGAIN: alive with a full backlog. Anything else but a refusal is left for bind to report.
        return code == 0 || code == EAGAIN
    }
}
