#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A growable queue of bytes: appended at the end, consumed from the front.
///
/// It owns no memory while it is empty and `release()` was called, so an idle connection costs nothing.
/// Growth doubles at first, consumption is O(1); unread bytes move to the front only when room is needed.
@safe public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var capacity = 0
    @usableFromInline var head = 0
    @usableFromInline var tail = 0

    @inlinable public init() { unsafe base = nil }

    deinit { unsafe free(base) }

    /// Unread bytes.
    @inlinable public var count: Int { tail - head }
    @inlinable public var isEmpty: Bool { tail == head }
    /// Bytes of memory held, read or not.
    @inlinable public var allocatedByteCount: Int { capacity }

    /// The unread bytes, valid until the next mutation.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        @inlinable get {
            let view = unsafe UnsafeBufferPointer(
                start: base?.advanced(by: head).assumingMemoryBound(to: UInt8.self), count: count)
            return unsafe _overrideLifetime(view.span, borrowing: self)
        }
    }

    @inlinable public mutating func append(_ bytes: Span<UInt8>) {
        let count = bytes.count
        guard count > 0 else { return }
        reserve(count)
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe (base! + tail).copyMemory(from: source.baseAddress!, byteCount: count)
        }
        tail += count
    }

    @inlinable public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe (base! + tail).storeBytes(of: byte, as: UInt8.self)
        tail += 1
    }

    @inlinable public mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

    @_disfavoredOverload
    @inlinable public mutating func append(_ bytes: ByteString) { append(bytes.bytes.span) }

    /// Appends literal text; no bytes outside ASCII are expected.
    @inlinable public mutating func append(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        reserve(count)
        unsafe (base! + tail).copyMemory(from: text.utf8Start, byteCount: count)
        tail += count
    }

    /// Appends `value` in decimal.
    @inlinable public mutating func append(decimal value: Int) {
        reserve(20)
        if value < 0 { append(0x2d as UInt8) }
        var rest = value.magnitude
        var digits = 1
        var limit: UInt = 10
        while digits < 19, rest >= limit {
            digits += 1
            limit &*= 10
        }
        if digits == 19, rest >= limit { digits = 20 }
        reserve(digits)
        var position = tail + digits
        repeat {
            position -= 1
            unsafe (base! + position).storeBytes(
                of: 0x30 + UInt8(truncatingIfNeeded: rest % 10), as: UInt8.self)
            rest /= 10
        } while position > tail
        tail += digits
    }

    /// Appends `number` as `ByteReader.number()` reads it: seven bits a byte, the lowest first.
    @inlinable public mutating func append(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Puts four bytes, the lowest first, in the place of unread ones that were appended before.
    @inlinable public mutating func store(_ word: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= count, "stored outside of what was appended")
        unsafe (base! + head + offset).storeBytes(of: word.littleEndian, as: UInt32.self)
    }

    /// Marks the first `count` unread bytes as read.
    @inlinable public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "consumed more than is there")
        head += count
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// Forgets everything and gives the memory back.
    public mutating func release() {
        unsafe free(base)
        unsafe base = nil
        capacity = 0
        head = 0
        tail = 0
    }

    /// Drops the bytes after the first `count` unread ones.
    @inlinable public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "cannot truncate to more than is there")
        tail = head + count
    }

    /// Makes room for `extra` more bytes.
    @inlinable public mutating func reserve(_ extra: Int) {
        if capacity - tail < extra { grow(extra) }
    }

    /// From here on growth is by a quarter: what waits in large buffers is counted and limited.
    private static var large: Int { 1 << 18 }

    @usableFromInline mutating func grow(_ extra: Int) {
        let unread = count
        if head > 0, capacity - unread >= extra, head >= unread {
            unsafe memcpy(base!, base! + head, unread)
        } else {
            var wanted = max(capacity, 512)
            while wanted - unread < extra { wanted += wanted < Self.large ? wanted : wanted / 4 }
            guard let fresh = unsafe malloc(wanted) else { preconditionFailure("out of memory") }
            if unread > 0 { unsafe memcpy(fresh, base! + head, unread) }
            unsafe free(base)
            unsafe base = fresh
            capacity = wanted
        }
        head = 0
        tail = unread
    }
}
