import CUV
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Hands work from any thread to a loop, in order.
public struct Mailbox: Sendable {
    let post: PostBox

    /// Leaves `work` to run on the loop's thread; false once the loop has stopped, and then the work is
    /// dropped.
    ///
    /// True means that it was accepted, not that it will run: a loop that stops drops what is still waiting.
    @discardableResult
    public func post(_ work: sending @escaping () -> Void) -> Bool { post.append(PostBox.Work(body: work)) }

    /// Stops the loop from any thread, after the work posted before.
    public func stop() { post.requestStop() }

    /// Whether the caller runs on the loop's thread.
    public var isOnLoopThread: Bool { post.isOnLoopThread }
}

/// The shared state behind a mailbox: a locked queue and the handle that wakes the loop.
@safe final class PostBox: @unchecked Sendable {
    /// A closure on its way to the loop; `sending` proved that the poster kept nothing of it.
    struct Work: @unchecked Sendable {
        let body: () -> Void
    }

    private struct Queue {
        var work: [Work] = []
        var isOpen = true
        var mustStop = false
        var thread = pthread_self()
    }

    private let queue = Mutex(Queue())
    private let wakeUp = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
    private let loop: UnsafeMutablePointer<uv_loop_t>
    /// Touched by the loop's thread only.
    private var taken: [Work] = []

    init(loop: UnsafeMutablePointer<uv_loop_t>) { unsafe self.loop = unsafe loop }

    deinit { unsafe wakeUp.deallocate() }

    func start(context: UnsafeMutableRawPointer) {
        unsafe uv_async_init(loop, wakeUp) { handle in
            unsafe Unmanaged<EventLoop>.fromOpaque(handle!.pointee.data)._withUnsafeGuaranteedRef { loop in
                if !loop.post.runWork() { loop.stop() }
            }
        }
        unsafe wakeUp.pointee.data = context
    }

    /// The thread that calls is the loop's from now on.
    func adoptThread() { queue.withLock { $0.thread = pthread_self() } }

    var isOnLoopThread: Bool { queue.withLock { pthread_equal($0.thread, pthread_self()) != 0 } }

    func append(_ work: Work) -> Bool {
        queue.withLock { queue in
            guard queue.isOpen else { return false }
            queue.work.append(work)
            if queue.work.count == 1 { unsafe _ = uv_async_send(wakeUp) }
            return true
        }
    }

    func requestStop() {
        queue.withLock { queue in
            guard queue.isOpen else { return }
            queue.mustStop = true
            unsafe _ = uv_async_send(wakeUp)
        }
    }

    /// Runs what was posted; false when the loop must stop.
    private func runWork() -> Bool {
        let mustStop = queue.withLock { queue in
            swap(&queue.work, &taken)
            return queue.mustStop
        }
        for work in taken { work.body() }
        taken.removeAll(keepingCapacity: taken.count <= 1024)
        return !mustStop
    }

    /// Refuses further work and drops what waits.
    func close() {
        let dropped = queue.withLock { queue in
            queue.isOpen = false
            unsafe uv_close(UnsafeMutableRawPointer(wakeUp).assumingMemoryBound(to: uv_handle_t.self), nil)
            let waiting = queue.work
            queue.work = []
            return waiting
        }
        _ = consume dropped
    }
}
