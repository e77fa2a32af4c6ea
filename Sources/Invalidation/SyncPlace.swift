import EventLoop
import Store
import Synchronization

/// Passes what the journal's own thread tells on to the loop, once somebody there listens.
final class SyncPlace: Sendable {
    typealias Listener = @Sendable (UInt64, FileError?) -> Void

    private let mailbox: Mailbox
    private let listener = Mutex<Listener?>(nil)

    init(_ mailbox: Mailbox) { self.mailbox = mailbox }

    func open(_ body: @escaping Listener) { listener.withLock { $0 = body } }

    func synced(_ batch: UInt64, _ error: FileError?) {
        guard let body = listener.withLock({ $0 }) else { return }
        mailbox.post { body(batch, error) }
    }
}
