import CHiredis

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A connection through hiredis, the C client that everyone's client is compared with. RESP2, blocking.
@safe public final class HiredisClient {
    private let context: UnsafeMutablePointer<redisContext>

    public init(_ endpoint: Endpoint, limitMilliseconds: Int = 10_000) throws {
        let limit = timeval(tv_sec: limitMilliseconds / 1000, tv_usec: limitMilliseconds % 1000 * 1000)
        // hiredis would not mark its socket, and a process that another test starts would keep it open.
        let descriptor = try endpoint.connectedSocket()
        _ = fcntl(descriptor, F_SETFL, 0)
        guard let context = unsafe redisConnectFd(descriptor) else {
            close(descriptor)
            throw SupportError("hiredis has no memory")
        }
        unsafe self.context = context
        unsafe redisSetTimeout(context, limit)
    }

    deinit { unsafe redisFree(context) }

    /// Sends a command and waits for its reply.
    public func command(_ arguments: [[UInt8]]) throws -> Reply {
        try append(arguments)
        return try reply()
    }

    /// Takes a command to be sent with the next wait for a reply.
    public func append(_ arguments: [[UInt8]]) throws {
        let joined = arguments.flatMap { $0 }.map { CChar(bitPattern: $0) }
        var lengths = arguments.map(\.count)
        let code = unsafe joined.withUnsafeBufferPointer { buffer in
            let start = unsafe buffer.baseAddress ?? UnsafePointer(bitPattern: 1)!
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            var offset = 0
            for length in lengths {
                unsafe pointers.append(start + offset)
                offset += length
            }
            return unsafe redisAppendCommandArgv(context, Int32(lengths.count), &pointers, &lengths)
        }
        guard code == REDIS_OK else { throw SupportError("not sent: \(unsafe Self.message(context))") }
    }

    public func append(_ arguments: String...) throws { try append(arguments.map { Array($0.utf8) }) }

    /// Waits for the next reply, or message of a subscription.
    public func reply() throws -> Reply {
        var answer: UnsafeMutableRawPointer?
        guard unsafe redisGetReply(context, &answer) == REDIS_OK, let answer = unsafe answer else {
            throw SupportError("no reply: \(unsafe Self.message(context))")
        }
        defer { unsafe freeReplyObject(answer) }
        return try unsafe Self.reply(answer.assumingMemoryBound(to: redisReply.self))
    }

    public func command(_ arguments: String...) throws -> Reply {
        try command(arguments.map { Array($0.utf8) })
    }

    private static func message(_ context: UnsafeMutablePointer<redisContext>) -> String {
        unsafe withUnsafePointer(to: &context.pointee.errstr) { tuple in
            unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 128) { unsafe String(cString: $0) }
        }
    }

    private static func reply(_ pointer: UnsafeMutablePointer<redisReply>) throws -> Reply {
        let reply = unsafe pointer.pointee
        switch unsafe reply.type {
        case REDIS_REPLY_STRING: return unsafe .bulk(bytes(of: reply))
        case REDIS_REPLY_STATUS: return unsafe .simple(String(decoding: bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: return unsafe .error(String(decoding: bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_INTEGER: return unsafe .integer(Int(reply.integer))
        case REDIS_REPLY_NIL: return .null
        case REDIS_REPLY_ARRAY:
            let count = unsafe Int(reply.elements)
            return .array(try (0..<count).map { try unsafe Self.reply(reply.element[$0]!) })
        default: throw SupportError("hiredis made a reply of type \(unsafe reply.type)")
        }
    }

    private static func bytes(of reply: redisReply) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: reply.str, count: Int(reply.len)))
    }
}
