public import Bytes
public import EventLoop
import RESP

/// Freshet's own commands, which no client has sent.
extension Link {
    /// The loop that the link belongs to.
    public var loop: EventLoop { pool.loop }

    /// Sends a command of Freshet's own; its reply goes to `task`.
    public func sendOwn(_ arguments: [ByteString], _ task: ReplyTask) {
        guard isOpen else {
            task.lost(nil, reason: LinkFailure("the link is closed", sentNothing: true))
            return
        }
        expect(nil, task)
        send { RequestEncoder.append(arguments, into: &$0) }
    }

    /// Sends a command of Freshet's own that is encoded already.
    public func sendOwn(_ request: ByteString, _ task: ReplyTask) {
        guard isOpen else {
            task.lost(nil, reason: LinkFailure("the link is closed", sentNothing: true))
            return
        }
        expect(nil, task)
        send(request.span)
    }

    /// Sends `count` commands of Freshet's own that are encoded already; each reply goes to `task`.
    public func sendOwn(_ requests: ByteString, count: Int, _ task: ReplyTask) {
        guard isOpen else {
            for _ in 0..<count {
                task.lost(nil, reason: LinkFailure("the link is closed", sentNothing: true))
            }
            return
        }
        for _ in 0..<count { expect(nil, task) }
        send(requests.span)
    }

    /// Gives the connection a name, for `CLIENT LIST`; whether Redis accepts it does not matter.
    func rename(_ name: ByteString) {
        clientName = name
        sendOwn(Handshake.naming(name, key), IgnoredReply())
    }
}
