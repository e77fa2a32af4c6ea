/// Finds what a misspelt word was meant to be.
public enum Spelling {
    /// The nearest of `words`, when it is near enough to be meant: at most two edits, and less than half of
    /// the word.
    static func nearest(to word: String, among words: [String]) -> String? {
        let ranked = words.map { (word: $0, edits: distance(word.lowercased(), $0)) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }) else { return nil }
        return best.edits <= 2 && best.edits * 2 <= max(2, best.word.utf8.count) ? best.word : nil
    }

    /// `; did you mean 'on'?`, or nothing.
    static func suggestion(for word: String, among words: [String]) -> String {
        nearest(to: word, among: words).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Edits between two words: insertions, deletions, replacements and swaps of neighbours count one each.
    public static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8.prefix(64)))
        var before: [Int] = []
        var above = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let isEqual = left[row] == right[column]
                var best = min(above[column + 1] + 1, current[column] + 1, above[column] + (isEqual ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, before[column - 1] + 1)
                }
                current.append(best)
            }
            (before, above) = (above, current)
        }
        return above[right.count]
    }
}
