import CUV

/// A timer of a loop; the loop keeps it alive until it has fired for the last time or is cancelled.
@safe public final class LoopTimer: LoopResident {
    private var handle: UnsafeMutablePointer<uv_timer_t>?
    private var body: (() -> Void)?
    private let isRepeating: Bool

    init(after: Int, every: Int, loop: EventLoop, body: @escaping () -> Void) {
        isRepeating = every > 0
        guard loop.isAccepting else {
            unsafe handle = nil
            return
        }
        self.body = body
        let timer = unsafe allocateHandle(uv_timer_t.self)
        unsafe handle = timer
        unsafe uv_timer_init(loop.loop, timer)
        unsafe timer.pointee.data = Unmanaged.passRetained(self).toOpaque()
        unsafe uv_timer_start(
            timer,
            { timer in
                unsafe Unmanaged<EventLoop>.fromOpaque(timer!.pointee.loop.pointee.data)
                    ._withUnsafeGuaranteedRef { $0.turns.timerFired() }
                unsafe Unmanaged<LoopTimer>.fromOpaque(timer!.pointee.data)._withUnsafeGuaranteedRef {
                    $0.fire()
                }
            }, UInt64(max(0, after)), UInt64(max(0, every)))
    }

    /// Whether it will fire (again).
    public var isActive: Bool { body != nil }

    /// Ends the timer and lets go of its closure; harmless when it has ended, allowed inside its own closure.
    public func cancel() {
        guard let timer = unsafe handle else { return }
        unsafe handle = nil
        body = nil
        unsafe closeResident(UnsafeMutableRawPointer(timer))
    }

    func endWithLoop() { cancel() }

    private func fire() {
        guard let body else { return }
        if !isRepeating { cancel() }
        body()
    }
}

extension EventLoop {
    /// Runs `body` after a delay, and then again at an interval where one is given.
    ///
    /// Delays count from the start of the present tick. After the loop has stopped the timer never fires.
    @discardableResult
    public func timer(
        afterMilliseconds: Int, everyMilliseconds: Int = 0, _ body: @escaping () -> Void
    ) -> LoopTimer {
        LoopTimer(after: afterMilliseconds, every: everyMilliseconds, loop: self, body: body)
    }
}
