#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A counting semaphore whose timed wait no change of the wall clock disturbs: a pipe with one byte per post.
public final class Wakeup: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    public init() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { preconditionFailure("no file descriptors left for a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    public func post() {
        var byte: UInt8 = 1
        while unsafe write(writeEnd, &byte, 1) < 0, errno == EINTR {}
    }

    public func wait() {
        var byte: UInt8 = 0
        while unsafe read(readEnd, &byte, 1) < 0, errno == EINTR {}
    }

    /// Waits at most so long; false when nothing was posted.
    @discardableResult
    public func wait(milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        guard unsafe Self.poll(&poll, milliseconds) > 0 else { return false }
        wait()
        return true
    }

    private static func poll(_ poll: UnsafeMutablePointer<pollfd>, _ milliseconds: Int32) -> Int32 {
        #if canImport(Glibc)
            unsafe Glibc.poll(poll, 1, milliseconds)
        #else
            unsafe Musl.poll(poll, 1, milliseconds)
        #endif
    }
}
