import Bytes

/// Keys whose writes one Redis may still carry out although applications have left it: the commands lie in
/// its buffers, or on the way to it, and nobody waits for their replies.
struct LateWrites {
    private(set) var keys: [Int: Set<ByteString>] = [:]
    private(set) var count = 0
    /// Whether there were more than are remembered, so that any key may be among them.
    private(set) var isIncomplete = false
    private(set) var notedMilliseconds: UInt64 = 0

    var isEmpty: Bool { keys.isEmpty && !isIncomplete }

    mutating func note(_ more: Set<ByteString>, _ database: Int, limit: Int, now: UInt64) {
        notedMilliseconds = now
        guard !isIncomplete else { return }
        let before = keys[database]?.count ?? 0
        keys[database, default: []].formUnion(more)
        count += (keys[database]?.count ?? 0) - before
        guard count > limit else { return }
        keys = [:]
        count = 0
        isIncomplete = true
    }
}
