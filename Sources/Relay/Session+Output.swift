import Bytes
import Config
import EventLoop
import RESP

/// Replies on their way to the client: in order, dropped if `CLIENT REPLY` says so, held while a cascade
/// runs.
extension Session {
    /// Takes bytes of the reply that is due.
    @inline(__always)
    func deliver(_ bytes: Span<UInt8>) {
        if replyMode.drops { return }
        deliverPush(bytes)
    }

    /// Takes bytes that no `CLIENT REPLY` mode suppresses.
    @inline(__always)
    func deliverPush(_ bytes: Span<UInt8>) {
        guard phase != .closed else { return }
        if holds.isEmpty {
            stream.output.append(bytes)
            stream.scheduleFlush()
        } else {
            held.append(bytes)
            heldEnd += bytes.count
        }
        if waitingOutput > worker.settings.clientOutputLimit { becameSlow() }
    }

    /// Replies in the session's own name; nothing may be in flight.
    func answer(_ text: StaticString) {
        var bytes = ByteBuffer()
        bytes.append(text)
        answer(bytes.span)
    }

    func answer(_ bytes: Span<UInt8>) {
        deliver(bytes)
        replyMode = replyMode.afterReply
    }

    // MARK: Holding

    /// Holds everything from the reply that is due.
    func hold() -> HeldReply {
        let reply = HeldReply(session: self, start: heldEnd)
        holds.append(reply)
        return reply
    }

    /// Lets go what no hold stands before.
    func holdEnded() {
        while let first = holds.first {
            sendHeld(upTo: first.start)
            guard first.holders == 0 else { return }
            holds.removeFirst()
            let replacement = first.replacement
            sendNow(replacement.span)
        }
        releaseHeld()
        if isSlow { stream.tellWhenSent() }
        if wait == .replies, inFlight == 0 {
            worker.resumeLater(self)
        } else {
            worker.finishLater(self)
        }
    }

    /// Sends everything held.
    func releaseHeld() {
        sendHeld(upTo: heldEnd)
        held.release()
    }

    private func sendHeld(upTo end: Int) {
        let count = end - heldStart
        guard count > 0, phase != .closed else { return }
        sendNow(held.span.extracting(0..<count))
        held.consume(count)
        heldStart = end
    }

    private func sendNow(_ bytes: Span<UInt8>) {
        guard phase != .closed, !bytes.isEmpty else { return }
        stream.output.append(bytes)
        stream.scheduleFlush()
    }
}
