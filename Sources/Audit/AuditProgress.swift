import Synchronization

/// What others may know of the writer: counts, the chain's head, and the last lines.
final class AuditProgress: Sendable {
    static let recentLimit = 256

    let written = Atomic<UInt64>(0)
    let dropped = Atomic<UInt64>(0)
    let errors = Atomic<UInt64>(0)
    let gaps = Atomic<UInt64>(0)
    private let state = Mutex(State())

    private struct State {
        var head = ChainLink.genesis
        /// With their newlines.
        var recent: [[UInt8]] = []
        var lastError: AuditError?
    }

    var head: ChainLink { state.withLock { $0.head } }
    var lastError: AuditError? { state.withLock { $0.lastError } }
    /// The last lines, newest last, without their newlines.
    var recent: [[UInt8]] { state.withLock { $0.recent }.map { Array($0[..<($0.count - 1)]) } }

    func start(at head: ChainLink) { state.withLock { $0.head = head } }

    func advance(to head: ChainLink, lines: [[UInt8]]) {
        written.wrappingAdd(UInt64(lines.count), ordering: .relaxed)
        state.withLock { state in
            state.head = head
            state.recent += lines.suffix(Self.recentLimit)
            let surplus = state.recent.count - Self.recentLimit
            if surplus > 0 { state.recent.removeFirst(surplus) }
        }
    }

    func fail(_ error: AuditError) {
        errors.wrappingAdd(1, ordering: .relaxed)
        state.withLock { $0.lastError = error }
    }
}
