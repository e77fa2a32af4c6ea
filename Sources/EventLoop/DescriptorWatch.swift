import CUV

/// Tells when a descriptor becomes readable, without reading or owning it.
///
/// For a look with MSG_PEEK before somebody else takes the descriptor over. It is level-triggered: as long
/// as unread bytes lie there, every tick calls again, so either look at the first byte only, or `cancel()`
/// and come back by timer. The descriptor is made non-blocking and stays so.
public final class DescriptorWatch: LoopResident {
    private var poll: Poll?
    private var onReadable: (() -> Void)?
    private let isOnce: Bool

    /// Starts watching; the loop keeps the watch alive until it is cancelled, or has fired if `once`.
    ///
    /// A hang-up and an error count as readable: the next read tells. Throws when the loop has stopped or
    /// the descriptor cannot be polled (a regular file).
    public init(
        descriptor: Int32, loop: EventLoop, once: Bool = false, onReadable: @escaping () -> Void
    ) throws(StreamError) {
        isOnce = once
        self.onReadable = onReadable
        poll = try Poll(descriptor: descriptor, loop: loop, owner: self)
        unsafe poll?.wait(for: .readable) { handle, status, _ in
            unsafe Unmanaged<DescriptorWatch>.fromOpaque(handle!.pointee.data)
                ._withUnsafeGuaranteedRef { $0.fire(isLast: status < 0) }
        }
    }

    /// Whether it may still fire.
    public var isActive: Bool { poll != nil }

    /// Stops watching and lets go of the closure; the descriptor stays open and may be handed on at once.
    public func cancel() {
        guard let poll else { return }
        self.poll = nil
        onReadable = nil
        poll.close()
    }

    func endWithLoop() { cancel() }

    private func fire(isLast: Bool) {
        guard let onReadable else { return }
        if isOnce || isLast { cancel() }
        onReadable()
    }
}
