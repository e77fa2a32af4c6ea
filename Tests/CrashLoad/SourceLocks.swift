import Synchronization

/// Who works with which sources.
///
/// A cache's reader and writer can race without any proxy: the reader reads the source, the writer changes it,
/// the reader writes what it has read. Freshet cannot see that, so whoever fills or writes a source has it for
/// itself. An operation whose end nobody has seen keeps its sources until everything is known again: Redis
/// may still run it.
final class SourceLocks: Sendable {
    private let taken = Mutex(Set<Int>())

    /// Takes all of the sources, or none.
    func take(_ sources: [Int]) -> Bool {
        taken.withLock { taken in
            guard taken.isDisjoint(with: sources) else { return false }
            taken.formUnion(sources)
            return true
        }
    }

    func release(_ sources: [Int]) { taken.withLock { $0.subtract(sources) } }

    /// Nothing that was under way can happen any more.
    func releaseAll() { taken.withLock { $0 = [] } }
}
