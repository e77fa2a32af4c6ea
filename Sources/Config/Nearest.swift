/// The known word that a misspelt one most likely meant.
enum Nearest {
    /// The closest by edit distance, at most 2, else the only one that `word` begins; nil when nothing is
    /// close.
    static func to(_ word: String, among known: [String]) -> String? {
        let bytes = Array(word.lowercased().utf8)
        guard !bytes.isEmpty, bytes.count <= 64 else { return nil }
        var best: (name: String, distance: Int)?
        for name in known {
            let candidate = distance(bytes, Array(name.utf8))
            if candidate <= min(2, bytes.count - 1), candidate < best?.distance ?? 3 {
                best = (name, candidate)
            }
        }
        if let best { return best.name }
        let begun = known.filter { bytes.count >= 3 && Array($0.utf8).starts(with: bytes) }
        return begun.count == 1 ? begun[0] : nil
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the other.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var older = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let substituted = previous[column] + (left[row] == right[column] ? 0 : 1)
                var least = min(substituted, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, older[column - 1] + 1)
                }
                current.append(least)
            }
            older = previous
            previous = current
        }
        return previous[right.count]
    }
}
