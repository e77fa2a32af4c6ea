import Store
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What became of operations.
final class Told: Sendable {
    private let results = Mutex<(count: Int, failures: [String])>((0, []))

    func note(_ result: Result<Void, ItemStore.Failure>) {
        results.withLock { results in
            results.count += 1
            if case .failure(let failure) = result { results.failures.append(failure.description) }
        }
    }

    var count: Int { results.withLock { $0.count } }
    var failures: [String] { results.withLock { $0.failures } }
}

enum ProcessNumber {
    static var own: Int32 { getpid() }
}
