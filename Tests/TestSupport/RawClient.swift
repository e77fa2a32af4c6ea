#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A connection whose every byte the test decides on. Blocking, with a deadline on each call.
public final class RawClient {
    /// A reply and the bytes it came as.
    public struct Frame: Equatable, Sendable {
        public let reply: Reply
        public let bytes: [UInt8]
    }

    /// How long each call may take, in milliseconds.
    public var limitMilliseconds: Int
    /// Whether the connection ended with an error instead of a close by the peer.
    public private(set) var wasReset = false
    private let descriptor: Int32
    private var received: [UInt8] = []
    private var isEnded = false

    public init(_ endpoint: Endpoint, limitMilliseconds: Int = 10_000) throws {
        self.limitMilliseconds = limitMilliseconds
        descriptor = try endpoint.connectedSocket()
    }

    deinit { close(descriptor) }

    /// Sends every byte; a peer that closed meanwhile is no error, its last words can still be read.
    public func send(_ bytes: [UInt8]) throws {
        let deadline = SystemCall.monotonicMilliseconds() + limitMilliseconds
        var sent = 0
        while sent < bytes.count {
            guard SystemCall.waitReady(descriptor, events: POLLIN | POLLOUT, deadline: deadline) else {
                throw SupportError("sent \(sent) of \(bytes.count) bytes in \(limitMilliseconds) ms")
            }
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe sendBytes(
                    descriptor, buffer.baseAddress! + sent, buffer.count - sent,
                    Int32(truncatingIfNeeded: MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN || errno == EINTR {
                receiveWhileSending()
            } else {
                return
            }
        }
    }

    public func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends `bytes` over and over without reading anything, until the peer has taken nothing for
    /// `quietMilliseconds`, has closed, or has taken `limit` bytes; returns how many it took.
    public func sendWithoutReading(_ bytes: [UInt8], upTo limit: Int, quietMilliseconds: Int) -> Int {
        var sent = 0
        while sent < limit {
            let deadline = SystemCall.monotonicMilliseconds() + quietMilliseconds
            guard SystemCall.waitReady(descriptor, events: POLLOUT, deadline: deadline) else { return sent }
            let start = sent % bytes.count
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe sendBytes(
                    descriptor, buffer.baseAddress! + start, buffer.count - start,
                    Int32(truncatingIfNeeded: MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno != EAGAIN, errno != EINTR {
                return sent
            }
        }
        return sent
    }

    /// Sends one command, canonically.
    public func sendCommand(_ arguments: String...) throws {
        try send(RequestEncoding.command(arguments))
    }

    /// Sends one command and reads one reply.
    public func command(_ arguments: String...) throws -> Reply { try command(arguments) }

    public func command(_ arguments: [String]) throws -> Reply {
        try send(RequestEncoding.command(arguments))
        return try readFrame().reply
    }

    /// Why there is no next reply.
    public enum Stop: Error {
        /// The connection ended after these bytes.
        case ended([UInt8])
        /// Nothing more came in time.
        case late([UInt8])
        /// What came is no reply.
        case malformed(String, [UInt8])
    }

    public func readFrame() throws -> Frame {
        do {
            return try nextFrame()
        } catch .ended(let bytes) {
            throw SupportError("closed after \(describe(bytes)), before a whole reply")
        } catch .late(let bytes) {
            throw SupportError("nothing came in \(limitMilliseconds) ms after \(describe(bytes))")
        } catch .malformed(let reason, let bytes) {
            throw SupportError("\(reason): \(describe(bytes))")
        }
    }

    /// The next reply, for tests that go on when there is none.
    public func nextFrame() throws(Stop) -> Frame {
        let deadline = SystemCall.monotonicMilliseconds() + limitMilliseconds
        while true {
            if let frame = try takeFrame() { return frame }
            if isEnded { throw .ended(received) }
            guard SystemCall.waitReady(descriptor, events: POLLIN, deadline: deadline) else {
                throw .late(received)
            }
            receiveAvailable()
        }
    }

    public func readFrames(_ count: Int) throws -> [Frame] {
        try (0..<count).map { _ in try readFrame() }
    }

    /// Exactly `count` bytes, or fewer when the peer closes first.
    public func readBytes(_ count: Int) throws -> [UInt8] {
        let deadline = SystemCall.monotonicMilliseconds() + limitMilliseconds
        while received.count < count, !isEnded { try receive(deadline: deadline) }
        let bytes = Array(received.prefix(count))
        received.removeFirst(bytes.count)
        return bytes
    }

    /// Everything through the first time that what came ends with `marker`, or up to the close by the peer.
    public func readThrough(_ marker: [UInt8]) throws -> [UInt8] {
        let deadline = SystemCall.monotonicMilliseconds() + limitMilliseconds
        while !isEnded, !received.suffix(marker.count).elementsEqual(marker) {
            try receive(deadline: deadline)
        }
        defer { received = [] }
        return received
    }

    /// Everything up to the close by the peer.
    public func readToEnd() throws -> [UInt8] {
        let deadline = SystemCall.monotonicMilliseconds() + limitMilliseconds
        while !isEnded { try receive(deadline: deadline) }
        defer { received = [] }
        return received
    }

    /// Has the end of this object reset the connection, as a process that crashes does (TCP only).
    public func resetAtEnd() {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Says that nothing more will be sent; what the peer still says can be read.
    public func halfClose() { shutdown(descriptor, Int32(SHUT_WR)) }

    private func takeFrame() throws(Stop) -> Frame? {
        do throws(ReplyParser.Fault) {
            let (reply, end) = try ReplyParser.parse(received)
            let frame = Frame(reply: reply, bytes: Array(received[..<end]))
            received.removeFirst(end)
            return frame
        } catch {
            if case .malformed(let reason) = error { throw .malformed(reason, received) }
            return nil
        }
    }

    private func receive(deadline: Int) throws {
        guard SystemCall.waitReady(descriptor, events: POLLIN, deadline: deadline) else {
            throw SupportError("nothing came in \(limitMilliseconds) ms after \(describe(received))")
        }
        receiveAvailable()
    }

    /// Keeps reading while the peer does not take more, so that two full buffers cannot wait for each other.
    private func receiveWhileSending() {
        let soon = SystemCall.monotonicMilliseconds() + 10
        if SystemCall.waitReady(descriptor, events: POLLIN, deadline: soon) { receiveAvailable() }
    }

    private func receiveAvailable() {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 {
            received += chunk[..<count]
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            isEnded = true
            wasReset = count < 0
        }
    }
}

/// Bytes as a message shows them: escaped, and cut when there are many.
public func describe(_ bytes: [UInt8], limit: Int = 400) -> String {
    var text = "\""
    for byte in bytes.prefix(limit) {
        switch byte {
        case 10: text += "\\n"
        case 13: text += "\\r"
        case 0x22, 0x5c: text += "\\" + String(Unicode.Scalar(byte))
        case 0x20...0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
        default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
    return text + (bytes.count > limit ? "\"... (\(bytes.count) bytes)" : "\"")
}

/// The system's `send`, which `RawClient.send` hides.
private func sendBytes(
    _ descriptor: Int32, _ buffer: UnsafeRawPointer, _ count: Int, _ flags: Int32
) -> Int {
    unsafe send(descriptor, buffer, count, flags)
}
