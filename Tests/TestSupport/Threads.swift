#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import Synchronization

/// Threads that may block, which tasks must not; `join` throws what one of them threw.
public final class Threads: Sendable {
    private final class Body: Sendable {
        let run: @Sendable () throws -> Void
        let problem = Mutex<(any Error)?>(nil)

        init(_ run: @escaping @Sendable () throws -> Void) { self.run = run }
    }

    private let started = Mutex<[(thread: pthread_t, body: Body)]>([])

    public init() {}

    public func start(_ run: @escaping @Sendable () throws -> Void) {
        let body = Body(run)
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                let body = unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
                do { try body.run() } catch { body.problem.withLock { $0 = error } }
                return nil
            }, Unmanaged.passRetained(body).toOpaque())
        precondition(code == 0, "the system has no thread for a test")
        let identifier = thread
        started.withLock { $0.append((identifier, body)) }
    }

    /// Waits for all of them.
    public func join() throws {
        let threads = started.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for (thread, _) in threads { _ = pthread_join(thread, nil) }
        for (_, body) in threads {
            if let problem = body.problem.withLock({ $0 }) { throw problem }
        }
    }
}
