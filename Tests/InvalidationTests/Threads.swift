import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Threads that may block, which tasks must not; `join` throws what one of them threw.
final class Threads {
    private final class Body: Sendable {
        let run: @Sendable () throws -> Void
        let problem = Mutex<(any Error)?>(nil)

        init(_ run: @escaping @Sendable () throws -> Void) { self.run = run }
    }

    private var started: [(thread: pthread_t, body: Body)] = []

    func start(_ run: @escaping @Sendable () throws -> Void) {
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
        started.append((thread, body))
    }

    func join() throws {
        for (thread, _) in started { _ = pthread_join(thread, nil) }
        for (_, body) in started {
            if let problem = body.problem.withLock({ $0 }) { throw problem }
        }
        started = []
    }
}
