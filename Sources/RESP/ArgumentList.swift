/// The arguments of one request, in one block of memory that is reused from request to request.
@safe public struct ArgumentList: ~Copyable {
    @usableFromInline var slots: UnsafeMutablePointer<Argument>
    @usableFromInline var capacity: Int
    @usableFromInline var length = 0

    @inlinable public init() {
        capacity = 16
        unsafe slots = .allocate(capacity: 16)
    }

    @inlinable deinit { unsafe slots.deallocate() }

    @inlinable public var count: Int { length }

    /// The arguments, valid until the next mutation.
    public var span: Span<Argument> {
        @_lifetime(borrow self)
        @inlinable get {
            let view = unsafe UnsafeBufferPointer(start: slots, count: length)
            return unsafe _overrideLifetime(view.span, borrowing: self)
        }
    }

    @inlinable public mutating func append(_ argument: Argument) {
        if length == capacity { grow() }
        unsafe (slots + length).initialize(to: argument)
        length += 1
    }

    @inlinable public mutating func removeAll() { length = 0 }

    @usableFromInline mutating func grow() {
        let fresh = UnsafeMutablePointer<Argument>.allocate(capacity: capacity * 2)
        unsafe fresh.initialize(from: slots, count: length)
        unsafe slots.deallocate()
        unsafe slots = fresh
        capacity *= 2
    }
}
