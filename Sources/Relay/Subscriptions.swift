import Bytes
package import RESP

/// Counts the subscriptions of a pinned link, to tell messages from replies.
///
/// In RESP2 both are arrays; which is which shows in the first word, and only while something is subscribed.
/// A SUBSCRIBE of n channels is answered by n confirmations, an UNSUBSCRIBE of none by one for each channel
/// there was, or one.
package struct Subscriptions {
    enum Family: Sendable { case channel, pattern, shard }

    private var channels = 0
    private var patterns = 0
    private var shards = 0
    /// The family that the frame last observed confirms; nil when it is a message.
    private var confirmed: Family?
    /// How many of `confirmed` there were before.
    private var before = 0

    package init() {}

    package var isEmpty: Bool { channels + patterns + shards == 0 }

    /// Looks at a whole frame and returns whether it is a message or a confirmation rather than a reply.
    ///
    /// - Parameter isAwaited: whether the next reply is to a SUBSCRIBE or UNSUBSCRIBE. If it is not, and
    ///   nothing is subscribed, an array of RESP2 is a reply, whatever its first word is.
    package mutating func observe(
        _ reply: borrowing ReplyScanner, version: Int, isAwaited: Bool
    ) -> Bool {
        confirmed = nil
        let mayBeArray = version == 2 && (isAwaited || !isEmpty)
        guard reply.type == 0x3e || (mayBeArray && reply.type == ASCII.asterisk) else { return false }
        if reply.wordBegins(with: "subscribe") || reply.wordBegins(with: "unsubscribe") {
            confirm(.channel, total: reply.lastInteger)
        } else if reply.wordBegins(with: "psubscribe") || reply.wordBegins(with: "punsubscribe") {
            confirm(.pattern, total: reply.lastInteger)
        } else if reply.wordBegins(with: "ssubscribe") || reply.wordBegins(with: "sunsubscribe") {
            confirm(.shard, total: reply.lastInteger)
        } else if reply.type != 0x3e {
            return !isEmpty && isMessage(reply)
        }
        return true
    }

    /// Whether the frame, of which the first word has come, is a message or a confirmation.
    func concern(_ reply: borrowing ReplyScanner, version: Int, isAwaited: Bool) -> Bool {
        var copy = self
        return copy.observe(reply, version: version, isAwaited: isAwaited)
    }

    private func isMessage(_ reply: borrowing ReplyScanner) -> Bool {
        reply.wordBegins(with: "message") || reply.wordBegins(with: "pmessage")
            || reply.wordBegins(with: "smessage")
    }

    /// Redis reports channels and patterns as one sum, shard channels as another.
    private mutating func confirm(_ family: Family, total reported: Int) {
        let total = min(max(0, reported), Int(Int32.max))
        confirmed = family
        switch family {
        case .channel:
            before = channels
            channels = max(0, total - patterns)
        case .pattern:
            before = patterns
            patterns = max(0, total - channels)
        case .shard:
            before = shards
            shards = total
        }
    }

    /// Whether the frame last observed is the last one that answers `task`.
    func answers(task: ReplyTask?) -> Bool {
        guard let confirmed, let task = task as? SubscriptionTask else { return false }
        return task.confirm(confirmed, before: before)
    }
}

/// Waits for the confirmations of a SUBSCRIBE or UNSUBSCRIBE, or for the error that comes in their place.
final class SubscriptionTask: ReplyTask {
    private let family: Subscriptions.Family
    /// Confirmations still to come; nil until the first one tells.
    private var remaining: Int?

    /// - Parameter names: how many channels the command names; none means all there are.
    init(_ family: Subscriptions.Family, names: Int) {
        self.family = family
        remaining = names > 0 ? names : nil
    }

    override var isPush: Bool { true }

    /// Counts a confirmation and returns whether it was the last.
    func confirm(_ family: Subscriptions.Family, before: Int) -> Bool {
        guard family == self.family else { return false }
        let left = (remaining ?? max(1, before)) - 1
        remaining = left
        return left <= 0
    }

    /// A link without subscriptions is needed no more. It is not shared again: what was subscribed is
    /// Redis's to say.
    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard link.subscriptions?.isEmpty == true,
            !link.expected.contains(where: { $0.task is SubscriptionTask })
        else { return }
        link.subscriptions = nil
        if !reply.isError { link.isTainted = true }
        session?.pinReasons.remove(.subscription)
    }
}
