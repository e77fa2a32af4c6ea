import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One thread's event loop: sockets, timers, names, signals, and work posted by other threads.
///
/// It is confined to the thread that runs it and is not `Sendable`; other threads reach it through
/// `mailbox` only.
///
/// One iteration (a *tick*): due timers, then every ready socket and the mailbox, then the tick's end: work
/// given to `atTickEnd`, one `send` for each stream that has output, and last the `streamClosed` calls. The
/// end of the tick is also run right before the loop blocks (libuv's prepare phase), which covers what
/// timers and `streamClosed` calls append; that costs one call that finds empty queues, where an idle
/// handle would cost an extra `epoll_wait`.
@safe public final class EventLoop {
    /// The most that one `recv` takes, and so the longest span a handler sees.
    public static let scratchByteCount = 65_536

    let loop: UnsafeMutablePointer<uv_loop_t>
    let scratch: UnsafeMutableRawPointer
    let post: PostBox
    var flushQueue: [Unmanaged<Stream>] = unsafe []
    var tickWork: [() -> Void] = []
    var spareTickWork: [() -> Void] = []
    var resolutions: [ObjectIdentifier: Resolution] = [:]
    /// Called before the next byte leaves on any stream, when `mustCallBeforeSending` says so.
    ///
    /// For what must be on disk first. Bytes leave at the tick's end, and in its middle on a stream that had
    /// to wait: there is no other way out.
    public var beforeSending: (() -> Void)?
    /// Whether `beforeSending` is due; the call takes it back.
    public var mustCallBeforeSending = false
    /// How long the loop is busy between two waits.
    public var turns = TurnMeter()
    private let check: UnsafeMutablePointer<uv_check_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private let idle: UnsafeMutablePointer<uv_idle_t>
    private var isIdleActive = false
    private var hasRun = false
    /// False once the loop began to stop: nothing new can be watched.
    private(set) var isAccepting = true

    /// Creates a loop; `run()` starts it.
    ///
    /// Throws when the process is out of descriptors (a loop takes four).
    public init() throws {
        let loop = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
        let code = unsafe uv_loop_init(loop)
        guard code == 0 else {
            unsafe loop.deallocate()
            throw StreamError(code: -code, context: "cannot create an event loop")
        }
        unsafe self.loop = unsafe loop
        unsafe scratch = .allocate(byteCount: Self.scratchByteCount, alignment: 64)
        post = unsafe PostBox(loop: loop)
        unsafe check = .allocate(capacity: 1)
        unsafe prepare = .allocate(capacity: 1)
        unsafe idle = .allocate(capacity: 1)
        unsafe flushQueue.reserveCapacity(256)
        startPhases()
    }

    deinit {
        if isAccepting { tearDown() }
        unsafe scratch.deallocate()
    }

    /// Runs until `stop()`, then closes everything that still belongs to the loop.
    ///
    /// Open streams get `streamClosed(nil)`, attempts to connect and to resolve fail, posted work that did
    /// not run is dropped. Output appended before `stop()` gets one last `send`. A loop runs once.
    public func run() {
        precondition(!hasRun, "an event loop runs only once")
        hasRun = true
        post.adoptThread()
        unsafe _ = uv_run(loop, UV_RUN_DEFAULT)
        endTick()
        tearDown()
    }

    /// Makes `run()` return at the end of this tick; before `run()`, at once. Only on the loop's own thread.
    public func stop() { unsafe uv_stop(loop) }

    /// Where other threads leave work for this loop.
    public var mailbox: Mailbox { Mailbox(post: post) }

    /// The monotonic clock as it was when this tick began: no system call. The base of timers.
    public var nowMilliseconds: UInt64 { unsafe uv_now(loop) }

    /// Runs `body` once at the end of this tick, before output is sent.
    ///
    /// Work added from inside such a body runs at the end of the next tick, which then follows without
    /// waiting: long work can be sliced without starving sockets.
    public func atTickEnd(_ body: @escaping () -> Void) { tickWork.append(body) }

    func endTick() {
        runTickWork()
        flushStreams()
    }

    private func runTickWork() {
        guard !tickWork.isEmpty else { return }
        swap(&tickWork, &spareTickWork)
        for body in spareTickWork { body() }
        spareTickWork.removeAll(keepingCapacity: true)
    }

    func callBeforeSending() {
        mustCallBeforeSending = false
        beforeSending?()
    }

    private func flushStreams() {
        var next = 0
        while unsafe next < flushQueue.count {
            let stream = unsafe flushQueue[next]
            next += 1
            unsafe stream._withUnsafeGuaranteedRef { $0.flushAtTickEnd() }
        }
        if next > 0 { unsafe flushQueue.removeAll(keepingCapacity: true) }
    }

    /// Runs before the loop blocks; what remains must not wait for an unrelated event.
    private func endTickBeforeBlocking() {
        endTick()
        unsafe turns.ended(at: uv_now(loop))
        let mustNotBlock = !tickWork.isEmpty
        guard mustNotBlock != isIdleActive else { return }
        isIdleActive = mustNotBlock
        if mustNotBlock {
            unsafe _ = uv_idle_start(idle) { _ in }
        } else {
            unsafe _ = uv_idle_stop(idle)
        }
    }
}

// MARK: - Phases of libuv's iteration

extension EventLoop {
    private func startPhases() {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe loop.pointee.data = context
        unsafe uv_check_init(loop, check)
        unsafe check.pointee.data = context
        unsafe uv_check_start(check) { handle in
            unsafe Unmanaged<EventLoop>.fromOpaque(handle!.pointee.data)._withUnsafeGuaranteedRef {
                unsafe $0.turns.began(at: uv_now($0.loop))
                $0.endTick()
            }
        }
        unsafe uv_prepare_init(loop, prepare)
        unsafe prepare.pointee.data = context
        unsafe uv_prepare_start(prepare) { handle in
            unsafe Unmanaged<EventLoop>.fromOpaque(handle!.pointee.data)
                ._withUnsafeGuaranteedRef { $0.endTickBeforeBlocking() }
        }
        unsafe uv_idle_init(loop, idle)
        unsafe idle.pointee.data = context
        unsafe post.start(context: context)
    }

    /// Closes all handles and waits for libuv to let go of them.
    ///
    /// A name look-up that is already in a resolver thread cannot be cancelled; after a second of waiting,
    /// the loop's memory is left to it rather than delaying the end of the process by a DNS timeout.
    private func tearDown() {
        isAccepting = false
        post.close()
        unsafe flushQueue.removeAll()
        for resolution in Array(resolutions.values) { resolution.abandon() }
        unsafe uv_walk(loop, { handle, _ in unsafe EventLoop.endResident(handle!) }, nil)
        unsafe closePhase(check)
        unsafe closePhase(prepare)
        unsafe closePhase(idle)
        for _ in 0..<100 {
            unsafe _ = uv_run(loop, UV_RUN_NOWAIT)
            // Bounded, for a failed attempt may always start the next one.
            for _ in 0..<16 { runTickWork() }
            if unsafe uv_loop_close(loop) == 0 { return releaseHandles() }
            _ = poll(nil, 0, 10)
        }
    }

    private static func endResident(_ handle: UnsafeMutablePointer<uv_handle_t>) {
        guard unsafe uv_is_closing(handle) == 0, let data = unsafe handle.pointee.data else { return }
        let type = unsafe handle.pointee.type
        guard type == UV_POLL || type == UV_TIMER || type == UV_SIGNAL else { return }
        let owner = unsafe Unmanaged<AnyObject>.fromOpaque(data).takeUnretainedValue()
        (owner as? any LoopResident)?.endWithLoop()
    }

    private func closePhase(_ handle: UnsafeMutableRawPointer) {
        unsafe uv_close(handle.assumingMemoryBound(to: uv_handle_t.self), nil)
    }

    private func releaseHandles() {
        unsafe check.deallocate()
        unsafe prepare.deallocate()
        unsafe idle.deallocate()
        unsafe loop.deallocate()
    }
}
