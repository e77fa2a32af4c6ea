#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Ends the wait of a thread from any other.
final class WakeUp: Sendable {
    /// Readable after `post`.
    let descriptor: Int32
    private let input: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let code = unsafe pipe(&ends)
        precondition(code == 0, "the system has no descriptors left for alerts")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        input = ends[1]
    }

    deinit {
        close(descriptor)
        close(input)
    }

    /// A full pipe needs no further byte.
    func post() {
        var byte: UInt8 = 1
        unsafe _ = write(input, &byte, 1)
    }

    /// Waits until `post` was called, or for so long; -1 waits for ever.
    func wait(milliseconds: Int32) {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        unsafe _ = poll(&watched, 1, milliseconds)
        clear()
    }

    func clear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        var count = 0
        repeat { count = unsafe read(descriptor, &bytes, bytes.count) } while count == bytes.count
    }
}
