#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A thread that runs one event loop. Signals go to the main thread.
public enum LoopThread {
    private final class Body: Sendable {
        let run: @Sendable (EventLoop) throws -> Void
        let failed: @Sendable (any Error) -> Void

        init(
            _ run: @escaping @Sendable (EventLoop) throws -> Void,
            _ failed: @escaping @Sendable (any Error) -> Void
        ) {
            self.run = run
            self.failed = failed
        }
    }

    /// Starts the thread; `setUp` builds what lives on the loop, then the loop runs until it is stopped.
    public static func start(
        _ setUp: @escaping @Sendable (EventLoop) throws -> Void,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        let body = unsafe Unmanaged.passRetained(Body(setUp, failed)).toOpaque()
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                let argument: UnsafeMutableRawPointer? = unsafe argument
                guard let argument = unsafe argument else { return nil }
                LoopThread.blockSignals()
                LoopThread.run(unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue())
                return nil
            }, body)
        guard code == 0 else { preconditionFailure("cannot start a thread: error \(code)") }
        pthread_detach(thread)
    }

    private static func run(_ body: Body) {
        do {
            let loop = try EventLoop()
            try body.run(loop)
            loop.run()
        } catch {
            body.failed(error)
        }
    }

    private static func blockSignals() {
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
    }
}
