import Bytes
import Hiredis
import Naming
import RESP
import Relay

/// What holds of those who read whole replies.
enum ReplyUseProperties {
    static let all = [
        Property("hiredis finds in a reply what the scanner found", agreesWithHiredis),
        Property("a list of keys without those of the index is a reply, and has none", hidesIndex),
        Property("subscriptions are counted whatever a server says", countsSubscriptions),
    ]

    private static func agreesWithHiredis(_ input: [UInt8]) -> String? {
        for (range, reply) in ReplyProperties.frames(input) {
            switch ReplyValue(input.span.extracting(range)) {
            case .integer(let value) where reply.type == ASCII.colon && value != reply.number:
                return "\(value), scanned \(reply)"
            case .string(let bytes) where reply.type == ASCII.dollar && bytes.count != reply.number:
                return "\(bytes), scanned \(reply)"
            case .array(let elements) where reply.type == ASCII.asterisk && elements.count != reply.number:
                return "\(elements), scanned \(reply)"
            default: continue
            }
        }
        return nil
    }

    /// The bytes need not be a reply: what has another shape is no list.
    private static func hidesIndex(_ input: [UInt8]) -> String? {
        for isScan in [false, true] {
            guard let list = KeyList(input.span, isScan: isScan), list.hidesSome else { continue }
            var filtered = ByteBuffer()
            list.write(from: input.span, into: &filtered)
            let bytes = ByteString(filtered.span).bytes
            if ScannedReply(bytes).end != bytes.count { return "\(filtered.count) bytes are no reply" }
            guard let again = KeyList(bytes.span, isScan: isScan), !again.hidesSome else {
                return "something is still to be hidden"
            }
        }
        return nil
    }

    private static func countsSubscriptions(_ input: [UInt8]) -> String? {
        for version in [2, 3] {
            var subscriptions = Subscriptions()
            var start = 0
            for (range, _) in ReplyProperties.frames(input) {
                var scanner = ReplyScanner()
                guard scanner.scan(input.span.extracting(start..<range.upperBound), from: 0) != .failed else {
                    break
                }
                start = range.upperBound
                let wasEmpty = subscriptions.isEmpty
                let isArray = scanner.type == ASCII.asterisk
                let isMessage = subscriptions.observe(scanner, version: version, isAwaited: start % 3 == 0)
                if !isMessage, subscriptions.isEmpty != wasEmpty { return "a reply changed the count" }
                if isMessage, isArray, version == 3 { return "an array of RESP3 is no message" }
                if isMessage, isArray, wasEmpty, start % 3 != 0 { return "nobody awaits or receives it" }
            }
        }
        return nil
    }
}
