#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A counting semaphore whose timed wait no change of the wall clock disturbs.
///
/// It takes no descriptor, so that a process that has none left goes on.
@safe public final class Wakeup: Sendable {
    @safe private struct State {
        var mutex = unsafe pthread_mutex_t()
        var condition = pthread_cond_t()
        var count = 0
    }

    /// Shared by threads under `mutex`; freed with the last reference.
    private nonisolated(unsafe) let state: UnsafeMutablePointer<State>

    public init() {
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: State())
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_mutex_init(&state.pointee.mutex, nil)
        unsafe pthread_cond_init(&state.pointee.condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(&state.pointee.condition)
        unsafe pthread_mutex_destroy(&state.pointee.mutex)
        unsafe state.deallocate()
    }

    public func post() {
        unsafe pthread_mutex_lock(&state.pointee.mutex)
        unsafe state.pointee.count += 1
        unsafe pthread_cond_signal(&state.pointee.condition)
        unsafe pthread_mutex_unlock(&state.pointee.mutex)
    }

    public func wait() { wait(milliseconds: -1) }

    /// Waits at most so long, or for ever where the time is negative; false when nothing was posted.
    @discardableResult
    public func wait(milliseconds: Int32) -> Bool {
        var end = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &end)
        let nanoseconds = end.tv_nsec + Int(milliseconds % 1000) * 1_000_000
        end.tv_sec += Int(milliseconds / 1000) + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        unsafe pthread_mutex_lock(&state.pointee.mutex)
        defer { unsafe pthread_mutex_unlock(&state.pointee.mutex) }
        while unsafe state.pointee.count == 0 {
            let code =
                milliseconds < 0
                ? unsafe pthread_cond_wait(&state.pointee.condition, &state.pointee.mutex)
                : unsafe pthread_cond_timedwait(&state.pointee.condition, &state.pointee.mutex, &end)
            if code == ETIMEDOUT { return false }
        }
        unsafe state.pointee.count -= 1
        return true
    }
}
