import Bytes
import Config
import RESP

/// The commands that bring a new connection into its group, before any command of a session.
///
/// Order: credentials and protocol first, then the database; last a name, so that operators can tell the
/// proxy's connections in `CLIENT LIST`. The name is a courtesy: a user who may not set it is served all the
/// same.
enum Handshake {
    static func append(_ key: GroupKey, role: Link.Role, to output: inout ByteBuffer) {
        for command in commands(key) { RequestEncoder.append(command, into: &output) }
        RequestEncoder.append(naming(name(role), key), into: &output)
    }

    /// Gives the connection a name: HELLO may be sent by whoever has logged in, while CLIENT SETNAME of a
    /// user who lacks the right would leave an entry in ACL LOG.
    static func naming(_ name: ByteString, _ key: GroupKey) -> [ByteString] {
        ["HELLO", key.version == 3 ? "3" : "2", "SETNAME", name]
    }

    /// Takes the places of the replies on `link` and returns how many must be no error before the link is
    /// ready.
    static func expect(_ key: GroupKey, on link: Link) -> Int {
        let count = commands(key).count
        for _ in 0..<count { link.expect(nil, HandshakeTask()) }
        // In TLS 1.3 only a reply shows that the server has accepted the client's certificate.
        let waitsForName = link.pool.isEncrypted
        link.expect(nil, GreetingTask(completes: waitsForName))
        return count + (waitsForName ? 1 : 0)
    }

    static func name(_ role: Link.Role) -> ByteString { ByteString("freshet:\(role.rawValue)") }

    private static func commands(_ key: GroupKey) -> [[ByteString]] {
        var commands: [[ByteString]] = []
        let identity = key.identity
        if key.version == 3 {
            var hello: [ByteString] = ["HELLO", "3"]
            if let password = identity.password {
                hello += ["AUTH", identity.user ?? "default", password.revealed]
            }
            commands.append(hello)
        } else if let password = identity.password {
            commands.append(["AUTH"] + (identity.user.map { [$0] } ?? []) + [password.revealed])
        }
        if key.database != 0 { commands.append(["SELECT", ByteString(String(key.database))]) }
        return commands
    }
}

/// Waits for a reply of the handshake; an error ends the link.
private final class HandshakeTask: ReplyTask {
    override var delivery: Delivery { .collect }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard reply.isError else { return link.handshakeReplied(refusal: nil) }
        link.handshakeReplied(refusal: ErrorText.of(frame))
    }
}

/// Waits for the reply to the naming; only what Redis says before it closes a connection matters.
final class GreetingTask: ReplyTask {
    private let completes: Bool

    init(completes: Bool) { self.completes = completes }

    override var delivery: Delivery { .collect }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        link.pool.observeGreeting(reply, frame, link)
        if completes { link.handshakeReplied(refusal: nil) }
    }
}

/// The text of an error reply, for messages.
enum ErrorText {
    /// The line without its `-` and line end, at most 200 bytes.
    static func of(_ frame: Span<UInt8>) -> String {
        var end = min(frame.count, 201)
        while end > 1, frame[end - 1] == ASCII.carriageReturn || frame[end - 1] == ASCII.lineFeed { end -= 1 }
        return end > 1 ? ByteString(frame.extracting(1..<end)).description : ""
    }
}
