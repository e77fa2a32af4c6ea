/// A first-in first-out queue in one block of memory that doubles when full: no allocation per element.
///
/// For small elements without references (a queue of expected replies); elements are moved bit by bit.
@safe public struct Ring<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline var slots: UnsafeMutablePointer<Element>?
    @usableFromInline var mask = -1
    @usableFromInline var head = 0
    /// How many elements wait.
    @usableFromInline var length = 0
    @inlinable public var count: Int { length }

    @inlinable public init() { unsafe slots = nil }

    @inlinable deinit { unsafe slots?.deallocate() }

    @inlinable public var isEmpty: Bool { length == 0 }

    /// The oldest element. The ring must not be empty.
    @inlinable public var first: Element {
        get {
            precondition(count > 0, "the ring is empty")
            return unsafe slots![head & mask]
        }
        set {
            precondition(count > 0, "the ring is empty")
            unsafe slots![head & mask] = newValue
        }
    }

    /// Whether an element that waits satisfies `condition`.
    @inlinable public func contains(where condition: (Element) -> Bool) -> Bool {
        lastIndex(where: condition) != nil
    }

    /// How many elements stand before the youngest that satisfies `condition`; nil when none does.
    @inlinable public func lastIndex(where condition: (Element) -> Bool) -> Int? {
        var index = count
        while index > 0 {
            index -= 1
            if unsafe condition(slots![(head &+ index) & mask]) { return index }
        }
        return nil
    }

    @inlinable public mutating func append(_ element: Element) {
        if count > mask { grow() }
        unsafe slots![(head &+ count) & mask] = element
        length += 1
    }

    /// Takes the oldest element. The ring must not be empty.
    @discardableResult
    @inlinable public mutating func removeFirst() -> Element {
        precondition(count > 0, "the ring is empty")
        let element = unsafe slots![head & mask]
        head &+= 1
        length -= 1
        return element
    }

    /// Slots that a queue needs in ordinary times.
    private static var ordinarySlots: Int { 4096 }

    /// Bytes of memory held beyond what a queue needs in ordinary times.
    public var excessByteCount: Int { max(0, mask + 1 - Self.ordinarySlots) * MemoryLayout<Element>.stride }

    /// Gives the memory of an empty ring back, if it is more than a queue needs in ordinary times.
    public mutating func releaseIfLarge() {
        guard isEmpty, excessByteCount > 0 else { return }
        unsafe slots?.deallocate()
        unsafe slots = nil
        mask = -1
        head = 0
    }

    @usableFromInline mutating func grow() {
        let capacity = max(8, (mask + 1) * 2)
        let fresh = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        for index in 0..<count {
            unsafe fresh[index] = slots![(head &+ index) & mask]
        }
        unsafe slots?.deallocate()
        unsafe slots = fresh
        mask = capacity - 1
        head = 0
    }
}
