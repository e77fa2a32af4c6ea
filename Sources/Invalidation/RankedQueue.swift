import Bytes

/// Things that wait, each name once, the lowest rank first.
///
/// What comes again with a higher rank moves there: it has to go after more than was known. All operations
/// take constant time, but for the number of ranks, which is that of the levels of conventions.
struct RankedQueue<Element> {
    private struct Entry {
        var name: ByteString
        var element: Element
    }

    private struct Rank {
        var entries: [Entry] = []
        /// How many of them are gone from the front.
        var gone = 0
        /// How many of the others have moved to a higher rank.
        var moved = 0
    }

    private var ranks: [Rank] = []
    /// The rank in which each name waits.
    private var places: [ByteString: Int] = [:]
    /// Below this nothing waits.
    private var lowest = 0

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }

    /// Adds an element, unless one of this name waits already and goes late enough.
    mutating func add(_ element: @autoclosure () -> Element, named name: ByteString, rank: Int) {
        let rank = max(0, rank)
        if let known = places.updateValue(rank, forKey: name) {
            if known >= rank {
                places[name] = known
                return
            }
            ranks[known].moved += 1
        }
        while ranks.count <= rank { ranks.append(Rank()) }
        ranks[rank].entries.append(Entry(name: name, element: element()))
        lowest = min(lowest, rank)
    }

    /// The lowest rank in which something waits; nil when nothing does.
    mutating func lowestRank() -> Int? {
        while lowest < ranks.count {
            skipMoved()
            if ranks[lowest].gone < ranks[lowest].entries.count { return lowest }
            ranks[lowest] = Rank()
            lowest += 1
        }
        return nil
    }

    /// Takes the first element of the lowest rank, if that is at most `highest`.
    mutating func pop(upTo highest: Int = .max) -> Element? {
        guard let rank = lowestRank(), rank <= highest else { return nil }
        let entry = ranks[rank].entries[ranks[rank].gone]
        ranks[rank].gone += 1
        places[entry.name] = nil
        return entry.element
    }

    /// Takes all that waits, in its order.
    mutating func popAll() -> [Element] {
        var all: [Element] = []
        all.reserveCapacity(count)
        while let element = pop() { all.append(element) }
        return all
    }

    private mutating func skipMoved() {
        while ranks[lowest].moved > 0, ranks[lowest].gone < ranks[lowest].entries.count {
            guard places[ranks[lowest].entries[ranks[lowest].gone].name] != lowest else { return }
            ranks[lowest].gone += 1
            ranks[lowest].moved -= 1
        }
    }
}
