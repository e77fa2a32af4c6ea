import Config
import Synchronization

/// The rules set at run time, for whoever wants to list them.
final class RuleShelf: Sendable {
    private let book = Mutex(RuleBook())

    var current: RuleBook { book.withLock { $0 } }

    func replace(with fresh: RuleBook) { book.withLock { $0 = fresh } }
}
