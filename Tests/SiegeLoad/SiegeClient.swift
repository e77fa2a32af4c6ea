import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A client that does not care for replies: it connects, talks, listens or not, and leaves as it likes.
final class SiegeClient {
    private let stage: SiegeStage
    private var random: Seed
    private var talk: Conversation

    init(_ number: Int, _ stage: SiegeStage, seed: Seed) {
        self.stage = stage
        random = seed
        talk = Conversation(seed.derived(1))
    }

    private func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    func run() {
        while !stage.isOver.load(ordering: .relaxed) { visit() }
    }

    private func visit() {
        let entrance = stage.entrances.randomElement(using: &random) ?? stage.proxy.tcp
        guard let socket = try? entrance.connectedSocket() else { return pause(milliseconds: 5) }
        defer { close(socket) }
        stage.score.connections.add(1, ordering: .relaxed)
        if below(4) > 0, !send(talk.login(), on: socket) { return }
        for _ in 0..<1 + below(30) where !stage.isOver.load(ordering: .relaxed) {
            guard send(talk.piece(), on: socket) else { return }
            if below(5) > 0 { listen(socket) }
        }
        leave(socket)
    }

    /// Sends all, reading meanwhile so that both sides cannot wait for each other; false at the end.
    private func send(_ bytes: [UInt8], on socket: Int32) -> Bool {
        var rest = bytes[...]
        var patience = 200
        while !rest.isEmpty {
            let slice = below(8) == 0 ? rest.prefix(1 + below(50)) : rest
            let count = sendSome(slice, on: socket)
            if count > 0 {
                stage.score.bytesSent.add(count, ordering: .relaxed)
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN, patience > 0, !stage.isOver.load(ordering: .relaxed) {
                patience -= 1
                if below(3) > 0 { listen(socket) } else { pause(milliseconds: 1) }
            } else {
                return false
            }
        }
        return true
    }

    /// Reads what there is, for a moment.
    private func listen(_ socket: Int32) {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&entry, 1, Int32(below(20))) > 0 else { return }
        var chunk = [UInt8](repeating: 0, count: 65536)
        for _ in 0..<8 { guard unsafe recv(socket, &chunk, chunk.count, 0) > 0 else { return } }
    }

    private func leave(_ socket: Int32) {
        switch below(4) {
        case 0:
            var option = linger(l_onoff: 1, l_linger: 0)
            _ = unsafe setsockopt(
                socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        case 1:
            shutdown(socket, Int32(SHUT_WR))
            listen(socket)
        case 2: listen(socket)
        default: break
        }
    }
}

/// The system's `send`, which the client's own hides.
private func sendSome(_ bytes: ArraySlice<UInt8>, on socket: Int32) -> Int {
    unsafe bytes.withUnsafeBytes {
        unsafe send(socket, $0.baseAddress, $0.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
    }
}
