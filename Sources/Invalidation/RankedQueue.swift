import Bytes

/// Things that wait, each name once, the lowest rank first.
///
/// What comes again with a higher rank moves there: it has to go after more than was known. All operations
/// take constant time, but for the number of ranks, which is that of the levels of conventions.
struct RankedQueue<Element> {
    private struct Rank {
        var names: [ByteString] = []
        var elements: [Element] = []
        /// How many of them are gone from the front.
        var gone = 0
    }

    /// By rank; a rank in which nothing waits may be empty or missing.
    private var ranks: [Int: Rank] = [:]
    /// The rank in which each name waits.
    private var places: [ByteString: Int] = [:]
    /// A bound below which nothing waits.
    private var lowest = Int.max

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }

    /// Adds an element, unless one of this name waits already and goes late enough.
    mutating func add(_ element: @autoclosure () -> Element, named name: ByteString, rank: Int) {
        if let known = places[name], known >= rank { return }
        places[name] = rank
        ranks[rank, default: Rank()].names.append(name)
        ranks[rank, default: Rank()].elements.append(element())
        lowest = min(lowest, rank)
    }

    /// The lowest rank in which something waits; nil when nothing does.
    mutating func lowestRank() -> Int? {
        while !places.isEmpty {
            if hasFirst(in: lowest) { return lowest }
            ranks[lowest] = nil
            lowest = ranks.keys.min() ?? .max
        }
        ranks = [:]
        lowest = .max
        return nil
    }

    /// Takes the first element of the lowest rank, if that is at most `highest`.
    mutating func pop(upTo highest: Int = .max) -> Element? {
        guard let rank = lowestRank(), rank <= highest, let place = ranks[rank]?.gone else { return nil }
        guard let name = ranks[rank]?.names[place], let element = ranks[rank]?.elements[place] else {
            return nil
        }
        ranks[rank]?.gone += 1
        places[name] = nil
        return element
    }

    /// Takes all that waits, in its order.
    mutating func popAll() -> [Element] {
        var all: [Element] = []
        all.reserveCapacity(count)
        while let element = pop() { all.append(element) }
        return all
    }

    /// Skips what has moved to a higher rank; false when nothing is left in this one.
    private mutating func hasFirst(in rank: Int) -> Bool {
        while let bucket = ranks[rank], bucket.gone < bucket.names.count {
            if places[bucket.names[bucket.gone]] == rank { return true }
            ranks[rank]?.gone += 1
        }
        return false
    }
}
