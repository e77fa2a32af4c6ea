import Bytes
import Synchronization

/// The drain sets that somebody in this process has in hand; shared by all loops.
///
/// Any other that `freshet:drains` names was left behind by a process that is gone.
final class DrainRegistry: Sendable {
    private let names = Mutex<Set<ByteString>>([])

    func insert(_ name: ByteString) { names.withLock { _ = $0.insert(name) } }

    func remove(_ name: ByteString) { names.withLock { _ = $0.remove(name) } }

    func contains(_ name: ByteString) -> Bool { names.withLock { $0.contains(name) } }
}
