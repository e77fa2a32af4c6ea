public import Bytes
import CHiredis
import RESP

/// A blocking connection for the command line: one command, one answer.
@safe public struct BlockingConnection: ~Copyable {
    /// Why there is no answer.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let context: UnsafeMutablePointer<redisContext>

    public init(host: String, port: Int) throws(Problem) {
        try unsafe self.init(adopting: redisConnect(host, Int32(port)))
    }

    public init(path: String) throws(Problem) {
        try unsafe self.init(adopting: redisConnectUnix(path))
    }

    private init(adopting context: UnsafeMutablePointer<redisContext>?) throws(Problem) {
        guard let context = unsafe context else { throw Problem(description: "out of memory") }
        guard unsafe context.pointee.err == 0 else {
            let reason = unsafe withUnsafePointer(to: &context.pointee.errstr) { text in
                unsafe text.withMemoryRebound(to: CChar.self, capacity: 128) { unsafe String(cString: $0) }
            }
            unsafe redisFree(context)
            throw Problem(description: reason)
        }
        unsafe self.context = unsafe context
    }

    deinit { unsafe redisFree(context) }

    /// Sends one command and waits for its reply.
    public func call(_ arguments: [ByteString]) throws(Problem) -> ReplyValue {
        var request = ByteBuffer()
        RequestEncoder.append(arguments, into: &request)
        let appended = unsafe request.span.withUnsafeBytes { bytes in
            unsafe redisAppendFormattedCommand(
                context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        var object: UnsafeMutableRawPointer?
        guard appended == REDIS_OK, unsafe redisGetReply(context, &object) == REDIS_OK,
            let reply = unsafe object
        else { throw Problem(description: "the connection was closed before an answer came") }
        defer { unsafe freeReplyObject(reply) }
        return unsafe ReplyValue(reply.assumingMemoryBound(to: redisReply.self).pointee)
    }
}
