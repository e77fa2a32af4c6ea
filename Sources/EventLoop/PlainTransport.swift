#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How one transfer went.
enum TransferResult {
    case bytes(Int)
    case wouldBlock
    /// The peer sent its last byte.
    case ended
    case failed(Int32)
}

/// Bytes over a non-blocking socket as they are; the place where encryption would slip in.
struct PlainTransport {
    let descriptor: Int32

    /// One `recv`.
    @inline(__always)
    func receive(into memory: UnsafeMutableRawPointer, count: Int) -> TransferResult {
        let received = unsafe recv(descriptor, memory, count, 0)
        if received > 0 { return .bytes(received) }
        if received == 0 { return .ended }
        return Self.failure(errno)
    }

    /// One `send`; a vanished peer is an error, never a signal.
    @inline(__always)
    func send(_ bytes: Span<UInt8>) -> TransferResult {
        let sent = unsafe bytes.withUnsafeBytes { bytes in
            #if canImport(Glibc)
                unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            #else
                unsafe Musl.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            #endif
        }
        return sent >= 0 ? .bytes(sent) : Self.failure(errno)
    }

    private static func failure(_ code: Int32) -> TransferResult {
        code == EAGAIN || code == EINTR ? .wouldBlock : .failed(code)
    }
}
