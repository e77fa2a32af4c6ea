import CUV

/// The watch of one signal; lives as long as its loop.
@safe final class SignalWatch: LoopResident {
    private let handle = unsafe allocateHandle(uv_signal_t.self)
    private let body: () -> Void

    init(number: Int32, loop: EventLoop, body: @escaping () -> Void) {
        self.body = body
        unsafe uv_signal_init(loop.loop, handle)
        unsafe handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        unsafe uv_signal_start(
            handle,
            { handle, _ in
                unsafe Unmanaged<SignalWatch>.fromOpaque(handle!.pointee.data)._withUnsafeGuaranteedRef {
                    $0.body()
                }
            }, number)
    }

    func endWithLoop() { unsafe closeResident(UnsafeMutableRawPointer(handle)) }
}

extension EventLoop {
    /// Runs `body` on this loop whenever the process gets the signal, which then loses its default effect.
    public func onSignal(_ number: Int32, _ body: @escaping () -> Void) {
        guard isAccepting else { return }
        _ = SignalWatch(number: number, loop: self, body: body)
    }
}
