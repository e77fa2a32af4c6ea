/// Where one argument of a request lies in the bytes that carry it.
public struct Argument: BitwiseCopyable, Sendable, Equatable {
    /// Offset of the argument's first byte in the buffer that was scanned.
    public var offset: Int
    /// Length in bytes.
    public var count: Int

    @inlinable public init(offset: Int, count: Int) {
        self.offset = offset
        self.count = count
    }

    /// The argument's bytes within `buffer`, the buffer that was scanned.
    @_lifetime(copy buffer)
    @inlinable public func view(in buffer: Span<UInt8>) -> Span<UInt8> {
        buffer.extracting(offset..<(offset + count))
    }
}
