/// All patterns in one tree, a level for each segment, flat in memory.
///
/// ```
/// product:{id}:price      (root) ─product─► ( ) ─wild─► ( ) ─price─► (end)
/// product:{id}:**                                        └─► rest
/// user-{id}:cart          (root) ─user-…──► ( ) ─cart──► (end)
/// ```
///
/// A node's branches are found by hash: a literal by the segment's bytes; a mixed segment by its prefix and
/// suffix, one probe for each pair of prefix and suffix *lengths* that the node has. So the cost of a key
/// depends on its length and on the shapes of the patterns, not on their number. Only mixed segments that
/// share prefix and suffix and differ in between (`a-*-b-*-z`, `a-*-c-*-z`) are tried one by one.
///
/// Captures' names are not in here: a key that the trie accepts may still fail on a repeated capture.
struct Trie: Sendable {
    struct Slice: Sendable {
        var start: Int32 = 0
        var count: Int32 = 0

        var range: Range<Int> { Int(start)..<Int(start + count) }
    }

    struct Node: Sendable {
        var lengths = Slice()
        var entries = Slice()
        var restEntries = Slice()
        var wild: Int32 = -1
        var hasLiterals = false
        /// Whether an entry that ends here (or in `**` here) is urgent, see `TrieBuilder`.
        var isUrgent = false
        var isRestUrgent = false
    }

    /// Lengths of a mixed segment's prefix and suffix; a literal is told apart by `literal`.
    struct Lengths: Sendable, Hashable {
        var prefix: UInt16
        var suffix: UInt16

        static let literal = Lengths(prefix: .max, suffix: .max)
    }

    /// A place of the hash table: branches of one node whose lengths and hash agree.
    struct Slot: Sendable {
        var node: Int32 = -1
        var hash: UInt32 = 0
        var lengths = Lengths.literal
        var branches = Slice()
    }

    struct Branch: Sendable {
        /// The literal, or the mixed segment's prefix and suffix joined.
        var bytes: Slice
        /// Literals between prefix and suffix.
        var interiors: Slice
        var child: Int32
    }

    var nodes: [Node] = [Node()]
    var lengths: [Lengths] = []
    /// Open addressing with linear probing, a power of two, at most half full.
    var slots: [Slot] = [Slot()]
    var branches: [Branch] = []
    var interiors: [Slice] = []
    var bytes: [UInt8] = []
    var entries: [Int32] = []

    var isEmpty: Bool { entries.isEmpty }

    static func home(node: Int, _ lengths: Lengths, _ hash: UInt32) -> UInt32 {
        var mixed = hash ^ (UInt32(truncatingIfNeeded: node) &* 0x9e37_79b1)
        mixed ^= (UInt32(lengths.prefix) << 16 | UInt32(lengths.suffix)) &* 0x85eb_ca6b
        mixed ^= mixed >> 15
        mixed = mixed &* 0x2c1b_3c6d
        return mixed ^ (mixed >> 13)
    }
}

/// FNV-1a, byte by byte, so that a hash grows while a segment's end is looked for.
enum SegmentHash {
    static let seed: UInt32 = 0x811c_9dc5

    @inline(__always)
    static func add(_ byte: UInt8, to hash: UInt32) -> UInt32 { (hash ^ UInt32(byte)) &* 0x0100_0193 }

    static func of(_ bytes: [UInt8]) -> UInt32 { bytes.reduce(seed) { add($1, to: $0) } }
}
