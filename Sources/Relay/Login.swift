import Bytes
import RESP

/// Whether a connection that sent no credentials counts as logged in.
///
/// Redis decides that when the connection is made: one made while the default user needed no password stays
/// logged in when there is one later, and one made later is a stranger until it logs in or the password is
/// gone. So it is for links, and for sessions by the link that serves them.
extension LinkPool {
    /// Notes how Redis greeted a link without credentials.
    func observeLogin(isRefused: Bool, _ link: Link) {
        requiresLogin = isRefused
        link.isLoggedOut = isRefused
        link.isLoggedIn = !isRefused
    }
}

extension Session {
    /// Whether Redis's limits for clients that have not logged in apply.
    var isStranger: Bool { worker.pool.requiresLogin && key.identity == .anonymous && !hasLoggedInLink }

    private var hasLoggedInLink: Bool {
        if isPinned || inFlight > 0, let link { return link.isLoggedIn }
        return worker.pool.group(key).shared.contains { $0.isLoggedIn && $0.isOpen }
    }

    /// Asks Redis, before a session is closed for what only a stranger may not send; false when it has said
    /// so already.
    func asksWhetherStranger() -> Bool {
        if isKnownStranger { return false }
        guard inFlight == 0, holds.isEmpty else {
            wait = .replies
            return true
        }
        if substitute("*1\r\n$4\r\nPING\r\n", LoginCheck()) { wait = .replies }
        return true
    }
}

/// Learns from the reply to PING whether the connection must log in.
private final class LoginCheck: ReplyTask {
    override var delivery: Delivery { .discard }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        let mustLogIn = reply.isError && reply.wordBegins(with: "NOAUTH")
        session?.isKnownStranger = mustLogIn
        session?.worker.pool.requiresLogin = mustLogIn
    }
}
