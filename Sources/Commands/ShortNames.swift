import Bytes
import RESP

/// Commands by their names of at most eight bytes, as nearly all clients write them: all upper or all lower
/// case.
///
/// A name is one integer here, so finding it takes one multiplication and, nearly always, one comparison.
struct ShortNames: Sendable {
    private let words: [UInt64]
    private let indices: [UInt16]
    private let shift: UInt64

    /// `names` are upper-case.
    init(_ names: [(name: [UInt8], index: UInt16)]) {
        let short = names.filter { !$0.name.isEmpty && $0.name.count <= 8 }
        var bits = 6
        while 1 << bits < short.count * 8 { bits += 1 }
        var words = [UInt64](repeating: 0, count: 1 << bits)
        var indices = [UInt16](repeating: 0, count: 1 << bits)
        shift = UInt64(64 - bits)
        for (name, index) in short {
            let lower = name.map { $0 >= 0x41 && $0 <= 0x5a ? $0 + 0x20 : $0 }
            for spelling in Set([name, lower]) {
                let word = Self.word(spelling.span, 0, spelling.count)
                var slot = Self.slot(word, shift)
                while words[slot] != 0 { slot = (slot + 1) & (words.count - 1) }
                words[slot] = word
                indices[slot] = index
            }
        }
        self.words = words
        self.indices = indices
    }

    /// The index of the command that `argument` names; nil for one that must be looked for with more care.
    @inline(__always)
    func find(_ argument: Argument, in buffer: Span<UInt8>) -> Int? {
        guard argument.count <= 8, argument.count > 0 else { return nil }
        let word = Self.word(buffer, argument.offset, argument.count)
        // A NUL at the end would be the same word as none.
        guard word >> UInt64((argument.count - 1) * 8) != 0 else { return nil }
        var slot = Self.slot(word, shift)
        while words[slot] != 0 {
            if words[slot] == word { return Int(indices[slot]) }
            slot = (slot + 1) & (words.count - 1)
        }
        return nil
    }

    @inline(__always)
    private static func slot(_ word: UInt64, _ shift: UInt64) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9e37_79b9_7f4a_7c15) >> shift)
    }

    /// The `count` bytes at `offset` as an integer, the first in its lowest byte.
    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, _ offset: Int, _ count: Int) -> UInt64 {
        if offset &+ 8 <= bytes.count {
            let all = unsafe bytes.withUnsafeBytes { raw in
                unsafe UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
            return all & (UInt64.max >> UInt64(64 - count * 8))
        }
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(bytes[offset + index]) << UInt64(index * 8) }
        return word
    }
}
