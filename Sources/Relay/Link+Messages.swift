import Bytes
import Config
import Logging
import RESP

/// Which frames are replies, and which are messages, that come unasked between them.
extension Link {
    /// Whether a frame of this type is a message or a reply only shows behind its first byte: RESP2 has both
    /// as arrays, and an attribute belongs to what follows it.
    @inline(__always)
    func mayBeMessage(_ type: UInt8) -> Bool {
        if type == 0x7c { return true }
        guard type == ASCII.asterisk, key.version == 2, let subscriptions else { return false }
        return !subscriptions.isEmpty
    }

    func beginUndecided() {
        isUndecided = true
        if !expected.isEmpty, expected.first.task?.wantsElements == true { scanner.collectsElements = true }
    }

    func beginReply() {
        hasBegun = true
        let place = expected.first
        guard let task = place.task else { return }
        if task.wantsElements { scanner.collectsElements = true }
        task.begin(place.session)
    }

    @inline(__always)
    func take(_ bytes: Span<UInt8>, isWhole: Bool) {
        if isUndecided { decide(bytes, isWhole: isWhole) } else { deliver(bytes) }
    }

    /// Gathers the beginning of an undecided frame until it shows what it is.
    private func decide(_ bytes: Span<UInt8>, isWhole: Bool) {
        let lacksWord = scanner.type == ASCII.asterisk && mayBeMessage(scanner.type) && !scanner.hasFirstWord
        let isOpen = scanner.isBetweenReplies || scanner.type == 0x7c || lacksWord
        guard isWhole || !isOpen else { return collect(bytes) }
        isUndecided = false
        let isMessage =
            subscriptions?.concern(scanner, version: key.version, isAwaited: awaitsConfirmation)
            ?? (scanner.type == 0x3e)
        if expected.isEmpty, !isMessage {
            _ = unsolicited(bytes, 0)
            return
        }
        var beginning = ByteBuffer()
        swap(&beginning, &collected)
        if !isMessage { beginReply() }
        if !beginning.isEmpty { deliver(beginning.span) }
        deliver(bytes)
    }

    /// Gathers bytes of a frame that must be looked at before it is passed on.
    func collect(_ bytes: Span<UInt8>) {
        if collected.count + bytes.count > pool.settings.maxBufferedReply {
            pool.tally.limits.bufferedReply &+= 1
            fail(LinkFailure("a reply is longer than max-buffered-reply", sentNothing: false))
        } else {
            collected.append(bytes)
        }
    }

    /// Ends the link over a reply that nobody waits for: no reply on it can be trusted any more.
    ///
    /// Returns the number of `bytes`, all of which are done with.
    func unsolicited(_ bytes: Span<UInt8>, _ offset: Int) -> Int {
        pool.tally.desyncs &+= 1
        let text = ByteString(bytes.extracting(offset..<min(bytes.count, offset + 80))).description
        pool.log.error(
            "Redis sent a reply that nobody waits for; the link and the clients waiting on it are closed",
            metadata: ["link": "\(role)", "database": "\(key.database)"])
        fail(LinkFailure("Redis sent a reply that nobody waits for: \(text)", sentNothing: false))
        return bytes.count
    }

    /// Whether the frame is a message (false) or a command's last confirmation (true); nil if neither.
    func observeSubscription() -> Bool? {
        guard var counts = subscriptions else { return nil }
        guard counts.observe(scanner, version: key.version, isAwaited: awaitsConfirmation) else { return nil }
        subscriptions = counts
        return counts.answers(task: expected.isEmpty ? nil : expected.first.task)
    }

    /// Whether the next reply is to a SUBSCRIBE or UNSUBSCRIBE.
    private var awaitsConfirmation: Bool { !expected.isEmpty && expected.first.task is SubscriptionTask }
}
