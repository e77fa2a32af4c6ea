#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One direction of a relayed connection: what was read from one socket and not yet written to the other.
struct FaultFlow {
    enum Outcome {
        case goesOn
        /// A peer is gone, or `bytesUntilCut` have passed.
        case cut(FaultProxy.Cut)
    }

    private struct Chunk {
        var bytes: ArraySlice<UInt8>
        let receivedAt: Int
    }

    /// Reading stops while so much waits, so that a slow receiver is felt by the sender.
    private static let capacity = 256 << 10

    let source: Int32
    let destination: Int32
    private var faults: FaultProxy.Faults
    private(set) var forwarded = 0
    /// Whether the receiver has been told that nothing more comes.
    private(set) var isFinished = false
    /// Whether the receiver's socket is full.
    private(set) var isBlocked = false
    private var chunks: [Chunk] = []
    private var pending = 0
    private var hasEnded = false
    private var nextSliceAt = 0

    init(from source: Int32, to destination: Int32, _ faults: FaultProxy.Faults) {
        self.source = source
        self.destination = destination
        self.faults = faults
    }

    var wantsInput: Bool { !hasEnded && !isFinished && !faults.isStalled && pending < Self.capacity }

    var wantsOutput: Bool { isBlocked && !faults.isStalled && !isFinished }

    /// When something can be passed on, in microseconds; nil when only a socket can tell.
    var nextTurn: Int? {
        guard !isBlocked, !faults.isStalled, !isFinished, let first = chunks.first else { return nil }
        return dueTime(of: first)
    }

    private func dueTime(of chunk: Chunk) -> Int {
        max(chunk.receivedAt + faults.latencyMilliseconds * 1000, nextSliceAt)
    }

    /// New faults also go for what is under way.
    mutating func change(_ change: (inout FaultProxy.Faults) -> Void) {
        change(&faults)
        nextSliceAt = 0
    }

    mutating func receive(now: Int) -> Outcome {
        guard wantsInput else { return .goesOn }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(source, &bytes, bytes.count, 0)
        if count > 0 {
            chunks.append(Chunk(bytes: bytes[..<count], receivedAt: now))
            pending += count
        } else if count == 0 {
            hasEnded = true
        } else if errno != EAGAIN, errno != EINTR {
            return .cut(.reset)
        }
        return .goesOn
    }

    /// Writes what is due, as much of it as the faults allow now.
    mutating func forward(now: Int, receiverIsReady: Bool) -> Outcome {
        if receiverIsReady { isBlocked = false }
        while !faults.isStalled, !isBlocked, !isFinished, let first = chunks.first,
            dueTime(of: first) <= now
        {
            if faults.bytesUntilCut != 0, !write(first.bytes, now: now) { return .cut(.reset) }
            if faults.bytesUntilCut == 0 {
                faults.bytesUntilCut = nil
                return .cut(faults.cut)
            }
        }
        if hasEnded, chunks.isEmpty, !faults.isStalled { finish() }
        return .goesOn
    }

    /// Writes one slice; false when the receiver is gone.
    private mutating func write(_ bytes: ArraySlice<UInt8>, now: Int) -> Bool {
        let limit = min(faults.sliceBytes ?? bytes.count, faults.bytesUntilCut ?? bytes.count)
        let slice = Array(bytes.prefix(max(limit, 1)))
        let count = unsafe send(destination, slice, slice.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
        guard count >= 0 else {
            isBlocked = errno == EAGAIN
            return errno == EAGAIN || errno == EINTR
        }
        pending -= count
        forwarded += count
        chunks[0].bytes = bytes.dropFirst(count)
        if chunks[0].bytes.isEmpty { chunks.removeFirst() }
        if let left = faults.bytesUntilCut { faults.bytesUntilCut = max(0, left - count) }
        if faults.sliceBytes != nil { nextSliceAt = now + faults.slicePauseMicroseconds }
        return true
    }

    /// Passes an end on; what waits is dropped.
    mutating func finish() {
        guard !isFinished else { return }
        isFinished = true
        chunks = []
        pending = 0
        shutdown(destination, Int32(SHUT_WR))
    }
}
