import Bytes
import CHiredis
import Config
import RESP

/// Talks to the admin port of a running proxy.
public struct AdminClient {
    /// Why there is no answer.
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    private let address: Address

    /// - Parameter text: `host:port` or `unix:/path`.
    public init(_ text: String) throws {
        guard let address = Address(text) else {
            throw Problem(description: "expected host:port or unix:/path, found '\(text)'")
        }
        self.address = address
    }

    /// Sends one command and returns the answer as lines for a terminal.
    public func call(_ arguments: [String]) throws -> [String] {
        let context =
            switch address {
            case .tcp(let host, let port): unsafe redisConnect(host, Int32(port))
            case .unix(let path): unsafe redisConnectUnix(path)
            }
        guard let context = unsafe context else { throw Problem(description: "out of memory") }
        defer { unsafe redisFree(context) }
        guard unsafe context.pointee.err == 0 else {
            throw Problem(
                description: "cannot reach the admin port at \(address): is the proxy running, and is this its"
                    + " 'admin' address?")
        }
        return try unsafe send(arguments, context)
    }

    private func send(_ arguments: [String], _ context: UnsafeMutablePointer<redisContext>) throws -> [String] {
        var request = ByteBuffer()
        RequestEncoder.append(arguments.map { ByteString($0) }, into: &request)
        _ = unsafe request.span.withUnsafeBytes { bytes in
            unsafe redisAppendFormattedCommand(
                context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        var object: UnsafeMutableRawPointer?
        guard unsafe redisGetReply(context, &object) == REDIS_OK,
            let reply = unsafe object?.assumingMemoryBound(to: redisReply.self)
        else { throw Problem(description: "the admin port at \(address) closed the connection") }
        defer { unsafe freeReplyObject(reply) }
        if unsafe reply.pointee.type == REDIS_REPLY_ERROR { throw Problem(description: unsafe Self.text(reply.pointee)) }
        return unsafe Self.lines(reply.pointee)
    }

    /// Pairs of a name and a value, one a line; lists indented below their name.
    private static func lines(_ reply: redisReply) -> [String] {
        guard unsafe reply.type == REDIS_REPLY_ARRAY else { return [unsafe text(reply)] }
        var lines: [String] = []
        for index in 0..<Int(unsafe reply.elements) {
            guard let element = unsafe reply.element[index] else { continue }
            if unsafe element.pointee.type == REDIS_REPLY_ARRAY {
                lines += unsafe Self.lines(element.pointee).map { "  " + $0 }
            } else if index % 2 == 1, let last = lines.popLast() {
                lines.append("\(last): \(unsafe text(element.pointee))")
            } else {
                lines.append(unsafe text(element.pointee))
            }
        }
        return lines
    }

    private static func text(_ reply: redisReply) -> String {
        if unsafe reply.type == REDIS_REPLY_INTEGER { return "\(unsafe reply.integer)" }
        return unsafe reply.str.map { unsafe String(cString: $0) } ?? ""
    }
}
