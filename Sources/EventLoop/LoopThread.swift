import Threads

/// A thread that runs one event loop. Signals go to the main thread.
public enum LoopThread {
    /// Starts the thread; `setUp` builds what lives on the loop, then the loop runs until it is stopped.
    public static func start(
        _ setUp: @escaping @Sendable (EventLoop) throws -> Void,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        BackgroundThread.start {
            do {
                let loop = try EventLoop()
                try setUp(loop)
                loop.run()
            } catch {
                failed(error)
            }
        }
    }
}
