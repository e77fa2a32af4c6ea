public import EventLoop
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the loops of one process tell each other: what has been said to the log, and where they listen.
public final class Noticeboard: Sendable {
    /// What something is said about.
    public enum Topic: Sendable {
        /// Whether Redis can be reached.
        case upstream
        /// Whether the fallback can be reached.
        case fallback
        /// Why no further link can be opened.
        case links
        /// Whether clients can be accepted.
        case accepting
    }

    private struct State {
        var said: [Topic: String] = [:]
        var listeners: [SocketAddress] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Whether `text` is something else than what was last said about `topic`, by any loop.
    public func isNews(_ topic: Topic, _ text: String) -> Bool {
        state.withLock { $0.said.updateValue(text, forKey: topic) != text }
    }

    /// Notes an address that this process listens on.
    public func add(listener: SocketAddress) {
        state.withLock { if !$0.listeners.contains(listener) { $0.listeners.append(listener) } }
    }

    /// Whether the stream, a link that was just opened, ends at this process.
    func isOwnListener(_ stream: Stream) -> Bool {
        if let process = stream.peerProcess { return process == getpid() }
        let (peer, local) = (stream.peer, stream.local)
        return state.withLock { state in
            state.listeners.contains { listener in
                listener == peer
                    || (listener.isAnyAddress && listener.port == peer.port && local?.ip == peer.ip)
            }
        }
    }
}
