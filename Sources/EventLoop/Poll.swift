import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The watch of one descriptor's readiness, level-triggered.
@safe struct Poll {
    struct Events: OptionSet {
        var rawValue: Int32
        static let readable = Events(rawValue: Int32(UV_READABLE.rawValue))
        static let writable = Events(rawValue: Int32(UV_WRITABLE.rawValue))
    }

    typealias Callback = @convention(c) (UnsafeMutablePointer<uv_poll_t>?, Int32, Int32) -> Void

    /// Untyped so that no type of libuv shows in the layout of public classes.
    private let handle: UnsafeMutableRawPointer

    /// Sets up a watch that waits for nothing yet, and keeps `owner` alive until it is closed.
    ///
    /// It makes the descriptor non-blocking. Throws when the loop has stopped or the descriptor cannot be
    /// polled.
    init(descriptor: Int32, loop: EventLoop, owner: AnyObject) throws(StreamError) {
        guard loop.isAccepting else { throw .loopStopped }
        let handle = unsafe allocateHandle(uv_poll_t.self)
        let code = unsafe uv_poll_init(loop.loop, handle, descriptor)
        guard code == 0 else {
            unsafe free(handle)
            throw StreamError(code: -code, context: "cannot watch descriptor \(descriptor)")
        }
        unsafe handle.pointee.data = Unmanaged.passRetained(owner).toOpaque()
        unsafe self.handle = UnsafeMutableRawPointer(handle)
    }

    /// Waits for `events` from now on; for none, the kernel is not asked at all.
    func wait(for events: Events, _ callback: Callback) {
        let poll = unsafe handle.assumingMemoryBound(to: uv_poll_t.self)
        if events.isEmpty {
            unsafe _ = uv_poll_stop(poll)
        } else {
            unsafe _ = uv_poll_start(poll, events.rawValue, callback)
        }
    }

    /// Ends the watch; the descriptor may be closed right after.
    func close() { unsafe closeResident(handle) }

    /// As `close()`, and `callback` must free the handle and release its owner.
    func close(_ callback: uv_close_cb) {
        unsafe uv_close(handle.assumingMemoryBound(to: uv_handle_t.self), callback)
    }
}
