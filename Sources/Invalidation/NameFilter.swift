/// Knows of names whether they may have been put into it: of a fixed size, it never denies one that was, and
/// seldom affirms one that was not.
struct NameFilter: Sendable {
    private static let words = 1 << 14
    private static let probes = 4

    /// Made when the first name comes.
    private var bits: [UInt64] = []

    var isEmpty: Bool { bits.isEmpty }

    mutating func insert(_ name: some Hashable) {
        if bits.isEmpty { bits = Array(repeating: 0, count: Self.words) }
        for place in Self.places(of: name) { bits[place >> 6] |= 1 << UInt64(place & 63) }
    }

    func mayContain(_ name: some Hashable) -> Bool {
        if bits.isEmpty { return false }
        return Self.places(of: name).allSatisfy { bits[$0 >> 6] & (1 << UInt64($0 & 63)) != 0 }
    }

    /// Takes in all names of `other`.
    mutating func formUnion(_ other: NameFilter) {
        if bits.isEmpty { return bits = other.bits }
        if other.bits.isEmpty { return }
        for index in bits.indices { bits[index] |= other.bits[index] }
    }

    /// Two halves of one hash make as many places as are wanted.
    private static func places(of name: some Hashable) -> [Int] {
        let hash = UInt64(bitPattern: Int64(name.hashValue))
        let (first, step) = (hash & 0xffff_ffff, (hash >> 32) | 1)
        return (0..<probes).map { Int((first &+ UInt64($0) &* step) & UInt64(words * 64 - 1)) }
    }
}
