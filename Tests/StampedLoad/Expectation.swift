import TestSupport

/// What the reply to one request may be; everything else is somebody else's, or nobody's.
indirect enum Expectation {
    case exactly(Reply)
    case value(StampedValue)
    /// A key's value; null is right too if Redis has lost its data since `epoch`.
    case stored(StampedValue, epoch: Int)
    /// A value that Freshet may have invalidated meanwhile.
    case storedOrInvalidated(StampedValue)
    /// `expected`, or `lost` if Redis has lost its data since `epoch`.
    case unlessLost(Expectation, or: Reply, epoch: Int)
    case oneOf([Expectation])
    case errorBeginning(String)
    case anyInteger
    case list([Expectation])
    /// Field and value of a hash with one field: an array in RESP2, a map in RESP3.
    case hash(String, StampedValue, epoch: Int)
    /// Keys that all begin with the prefix, and any cursor.
    case scan(prefix: String)
    case hello(version: Int)
    /// The confirmation of a subscription to one of `channels`, with the number of subscriptions left.
    case confirmation(String, channels: Set<String>, count: Int)
    /// PING while RESP2 is subscribed.
    case subscribedPong(StampedValue)

    /// Whether the frame is such a reply, in this version of the protocol, with Redis's data lost so often.
    func admits(_ frame: RawClient.Frame, version: Int, epoch: Int) -> Bool {
        if frame.reply == .null, (frame.bytes[0] == UInt8(ascii: "_")) != (version == 3) { return false }
        if case .confirmation = self, case .push = frame.reply, version == 2 { return false }
        if case .confirmation = self, case .array = frame.reply, version == 3 { return false }
        return admits(frame.reply, version: version, epoch: epoch)
    }

    private func admits(_ reply: Reply, version: Int, epoch now: Int) -> Bool {
        switch self {
        case .exactly(let expected): return reply == expected
        case .value(let value): return Self.isValue(reply, value)
        case .stored(let value, let epoch):
            return Self.isValue(reply, value) || (reply == .null && epoch != now)
        case .storedOrInvalidated(let value): return reply == .null || Self.isValue(reply, value)
        case .unlessLost(let expected, let lost, let epoch):
            return expected.admits(reply, version: version, epoch: now) || (reply == lost && epoch != now)
        case .oneOf(let choices):
            return choices.contains { $0.admits(reply, version: version, epoch: now) }
        case .errorBeginning(let text):
            if case .error(let error) = reply { return error.hasPrefix(text) }
            return false
        case .anyInteger: return reply.integer != nil
        case .list(let expected):
            guard case .array(let elements) = reply, elements.count == expected.count else { return false }
            return zip(expected, elements).allSatisfy { $0.admits($1, version: version, epoch: now) }
        case .hash(let field, let value, let epoch):
            return Self.isHash(reply, field, value, version: version, mayBeLost: epoch != now)
        case .scan(let prefix): return Self.isScan(reply, prefix)
        case .hello(let wanted): return Self.isHello(reply, wanted)
        case .confirmation(let kind, let channels, let count):
            guard let elements = reply.elements, elements.count == 3 else { return false }
            return elements[0] == .bulk(kind) && elements[2] == .integer(count)
                && elements[1].text.map(channels.contains) == true
        case .subscribedPong(let value):
            guard case .array(let elements) = reply, elements.count == 2 else { return false }
            return elements[0] == .bulk("pong") && Self.isValue(elements[1], value)
        }
    }

    private static func isValue(_ reply: Reply, _ value: StampedValue) -> Bool {
        if case .bulk(let bytes) = reply { bytes.count == value.size && bytes == value.bytes } else { false }
    }

    private static func isHash(
        _ reply: Reply, _ field: String, _ value: StampedValue, version: Int, mayBeLost: Bool
    ) -> Bool {
        let elements: [Reply]
        switch reply {
        case .array(let found) where version == 2: elements = found
        case .map(let found) where version == 3: elements = found
        default: return false
        }
        if elements.isEmpty { return mayBeLost }
        return elements.count == 2 && elements[0] == .bulk(field) && isValue(elements[1], value)
    }

    private static func isScan(_ reply: Reply, _ prefix: String) -> Bool {
        guard case .array(let parts) = reply, parts.count == 2, case .array(let keys) = parts[1] else {
            return false
        }
        return keys.allSatisfy { $0.text?.hasPrefix(prefix) == true }
    }

    private static func isHello(_ reply: Reply, _ version: Int) -> Bool {
        let elements: [Reply]
        switch reply {
        case .array(let found) where version == 2: elements = found
        case .map(let found) where version == 3: elements = found
        default: return false
        }
        return zip(elements, elements.dropFirst()).contains {
            $0 == .bulk("proto") && $1 == .integer(version)
        }
    }
}
