public import Bytes
import CHiredis

/// A RESP2 reply to one of Freshet's own commands, taken apart by hiredis.
public indirect enum ReplyValue: Sendable, Equatable {
    case null
    case status(ByteString)
    case error(ByteString)
    case integer(Int)
    case string(ByteString)
    case array([ReplyValue])

    /// How many things an integer reply says there are, of `most` at most; nil where it is none.
    ///
    /// What comes from outside is never added up as it is: a Redis that is broken, or a stream that has
    /// shifted by a reply, may say anything.
    public func count(atMost most: Int) -> Int? {
        guard case .integer(let number) = self else { return nil }
        return min(max(0, number), most)
    }

    /// Reads one whole RESP2 reply; nil if the bytes are none.
    public init?(_ frame: Span<UInt8>) {
        guard let reader = unsafe redisReaderCreate() else { return nil }
        defer { unsafe redisReaderFree(reader) }
        let fed = unsafe frame.withUnsafeBytes { bytes in
            unsafe redisReaderFeed(
                reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        var object: UnsafeMutableRawPointer?
        guard fed == REDIS_OK, unsafe redisReaderGetReply(reader, &object) == REDIS_OK,
            let reply = unsafe object
        else { return nil }
        defer { unsafe freeReplyObject(reply) }
        unsafe self.init(reply.assumingMemoryBound(to: redisReply.self).pointee)
    }

    init(_ reply: redisReply) {
        switch unsafe reply.type {
        case REDIS_REPLY_STRING: self = unsafe .string(Self.bytes(of: reply))
        case REDIS_REPLY_STATUS: self = unsafe .status(Self.bytes(of: reply))
        case REDIS_REPLY_ERROR: self = unsafe .error(Self.bytes(of: reply))
        case REDIS_REPLY_INTEGER: self = unsafe .integer(Int(reply.integer))
        case REDIS_REPLY_ARRAY:
            var elements: [ReplyValue] = []
            for index in 0..<Int(unsafe reply.elements) {
                guard let element = unsafe reply.element[index] else { continue }
                elements.append(unsafe ReplyValue(element.pointee))
            }
            self = .array(elements)
        default: self = .null
        }
    }

    private static func bytes(of reply: redisReply) -> ByteString {
        guard let start = unsafe reply.str else { return ByteString() }
        let raw = unsafe UnsafeRawBufferPointer(start: start, count: Int(reply.len))
        return ByteString(unsafe [UInt8](raw))
    }

    /// The bytes of a string or status.
    public var bytes: ByteString? {
        switch self {
        case .string(let bytes), .status(let bytes): bytes
        default: nil
        }
    }

    public var integer: Int? {
        if case .integer(let value) = self { return value }
        return bytes.flatMap { ASCII.integer($0.span) }
    }

    public var elements: [ReplyValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }
}
