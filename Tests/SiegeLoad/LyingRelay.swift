import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A relay between the proxy and Redis that changes, swaps, repeats, withholds and cuts replies.
///
/// Requests pass as they are: whatever Redis gets, the proxy has sent. Two threads for each connection; what
/// they choose follows from the seed and the connection's number.
final class LyingRelay: Sendable {
    let endpoint: Endpoint
    let isHonest = Atomic(true)
    private let target: Endpoint
    private let listener: Int32
    private let score: SiegeScore
    private let seed: Seed
    private let threads = Threads()
    private let open = Mutex<Set<Int32>>([])

    init(to target: Endpoint, score: SiegeScore, seed: Seed) throws {
        self.target = target
        self.score = score
        self.seed = seed
        endpoint = .tcp(try Endpoint.freePort())
        listener = try endpoint.listeningSocket(isBlocking: true)
        threads.start { [weak self, listener] in
            var number = 0
            while true {
                let near = accept(listener, nil, nil)
                guard near >= 0, let self else { return }
                number += 1
                self.serve(near, number)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Ends every connection: what was withheld is not waited for any more.
    func endAll() { open.withLock { for socket in $0 { shutdown(socket, Int32(SHUT_RDWR)) } } }

    private func serve(_ near: Int32, _ number: Int) {
        guard let far = try? target.connectedSocket() else {
            close(near)
            return
        }
        for socket in [near, far] {
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            _ = fcntl(socket, F_SETFL, 0)
        }
        open.withLock { $0.formUnion([near, far]) }
        let pair = LiedConnection(near: near, far: far) { [weak self] in
            self?.open.withLock { $0.subtract([near, far]) }
        }
        Threads().start { pair.passRequests() }
        let seed = seed.derived(number)
        Threads().start { [weak self] in
            var liar = Liar(seed)
            pair.passReplies { bytes in
                guard let self, !self.isHonest.load(ordering: .relaxed) else { return liar.truth(bytes) }
                let (told, lies) = liar.told(bytes)
                self.score.lies.add(lies, ordering: .relaxed)
                return told
            }
        }
    }
}

/// One connection through the relay; its sockets close when both directions have ended.
private final class LiedConnection: Sendable {
    private let near: Int32
    private let far: Int32
    private let ended: @Sendable () -> Void

    init(near: Int32, far: Int32, ended: @escaping @Sendable () -> Void) {
        self.near = near
        self.far = far
        self.ended = ended
    }

    deinit {
        ended()
        close(near)
        close(far)
    }

    func passRequests() {
        pass(from: near, to: far) { $0 }
    }

    func passReplies(_ change: (ArraySlice<UInt8>) -> [UInt8]?) {
        pass(from: far, to: near) { change($0).map { $0[...] } }
    }

    private func pass(from: Int32, to: Int32, _ change: (ArraySlice<UInt8>) -> ArraySlice<UInt8>?) {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe recv(from, &chunk, chunk.count, 0)
            guard count > 0, var rest = change(chunk[..<count]) else { break }
            while !rest.isEmpty {
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe send(to, $0.baseAddress, $0.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
                }
                guard sent > 0 else { break }
                rest = rest.dropFirst(sent)
            }
            if !rest.isEmpty { break }
        }
        shutdown(from, Int32(SHUT_RDWR))
        shutdown(to, Int32(SHUT_RDWR))
    }
}
