import Bytes
import RESP

/// Where some of a command's keys are and what happens to them: Redis's key specification in its own terms.
struct KeySpec: BitwiseCopyable, Sendable {
    /// Place of a keyword in `CommandTable.keywords` that has to be found first; -1: the keys begin at
    /// `begin`.
    var keyword: Int16 = -1
    /// Index of the first key, or where the search for the keyword starts (from the end when negative).
    var begin: Int16
    /// Of a range: the last key relative to the first, or from the end of the request when negative.
    var last: Int16 = 0
    var step: Int16 = 1
    /// Of a range that ends with -1: the keys are this fraction of the rest (XREAD has as many ids as keys).
    var limit: Int16 = 0
    /// The number of keys is itself an argument, this far from the beginning; -1 for a range.
    var countOffset: Int16 = -1
    /// Of a counted run: the first key, counted from the beginning.
    var firstOffset: Int16 = 0
    var role: KeyRole

    /// A plain range at a fixed place.
    var isRange: Bool { keyword < 0 && countOffset < 0 && limit == 0 }

    /// The positions of the keys in a request of `arguments`; nil when the request makes no sense.
    func positions(
        _ buffer: Span<UInt8>, _ arguments: Span<Argument>, _ keywords: [ByteString]
    ) -> StrideThrough<Int>? {
        let none = stride(from: 1, through: 0, by: 1)
        var first = Int(begin)
        if keyword >= 0 {
            guard let found = find(keywords[Int(keyword)], buffer, arguments) else { return none }
            first = found + 1
        }
        guard first > 0, first < arguments.count, step > 0 else { return nil }
        var final: Int
        if countOffset >= 0 {
            let place = first + Int(countOffset)
            guard place < arguments.count, let count = ASCII.integer(arguments[place].view(in: buffer)),
                count > 0, count <= arguments.count
            else { return nil }
            first += Int(firstOffset)
            final = first + (count - 1) * Int(step)
        } else if last >= 0 {
            final = first + Int(last)
        } else if limit > 0 {
            final = first + (arguments.count - first) / Int(limit) + Int(last)
        } else {
            final = arguments.count + Int(last)
        }
        guard first < arguments.count, final >= first, final < arguments.count else { return nil }
        return stride(from: first, through: final, by: Int(step))
    }

    /// The keyword's own position; the last argument cannot be one.
    private func find(_ word: ByteString, _ buffer: Span<UInt8>, _ arguments: Span<Argument>) -> Int? {
        let count = arguments.count
        if begin < 0 {
            var index = count + Int(begin)
            while index > 0 {
                if RequestWords.equal(arguments[index].view(in: buffer), word) { return index }
                index -= 1
            }
            return nil
        }
        var index = Int(begin)
        while index < count - 1 {
            if RequestWords.equal(arguments[index].view(in: buffer), word) { return index }
            index += 1
        }
        return nil
    }
}
