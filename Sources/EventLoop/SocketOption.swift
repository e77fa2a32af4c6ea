import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Options of sockets, by their system names.
enum SocketOption {
    static func noDelay(_ descriptor: Int32) { set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }

    /// Takes the error that an asynchronous operation left behind; 0 when there is none.
    static func takeError(_ descriptor: Int32) -> Int32 {
        var value: Int32 = 0
        var count = socklen_t(MemoryLayout<Int32>.size)
        let code = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &count)
        return code == 0 ? value : errno
    }

    @discardableResult
    static func set(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) -> Bool {
        var value = value
        return unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
    }

    /// Drops what is not acknowledged when the socket is closed.
    static func resetWhenClosed(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    /// A new non-blocking stream socket that no child process inherits.
    static func makeSocket(_ family: Int32) throws(StreamError) -> Int32 {
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        #else
            let type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
        #endif
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw StreamError.last("cannot create a socket") }
        return descriptor
    }
}

/// Closes a descriptor; a name of its own because types here have a `close` of their own.
@discardableResult
func closeDescriptor(_ descriptor: Int32) -> Bool { close(descriptor) == 0 }
