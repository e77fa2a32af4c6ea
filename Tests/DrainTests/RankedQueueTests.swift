import Bytes
import Testing

@testable import Invalidation

@Suite("What waits by rank")
struct RankedQueueTests {
    @Test("the lowest rank is first, and within a rank what came first")
    func order() {
        var queue = RankedQueue<Int>()
        for (name, rank) in [("c", 2), ("a", 0), ("d", 2), ("b", 1)] {
            queue.add(rank, named: ByteString(name), rank: rank)
        }
        #expect(queue.lowestRank() == 0)
        #expect(queue.popAll() == [0, 1, 2, 2])
        #expect(queue.isEmpty && queue.lowestRank() == nil)
    }

    @Test("a name waits once, in the highest rank that it came with")
    func once() {
        var queue = RankedQueue<String>()
        queue.add("x early", named: "x", rank: 1)
        queue.add("y", named: "y", rank: 2)
        queue.add("x late", named: "x", rank: 3)
        queue.add("x again", named: "x", rank: 1)
        #expect(queue.count == 2)
        #expect(queue.lowestRank() == 2)
        #expect(queue.popAll() == ["y", "x late"])
        queue.add("x anew", named: "x", rank: 0)
        #expect(queue.pop(upTo: 0) == "x anew")
    }

    @Test("nothing goes that has a higher rank than may go")
    func bounded() {
        var queue = RankedQueue<Int>()
        queue.add(5, named: "x", rank: 5)
        #expect(queue.pop(upTo: 4) == nil)
        #expect(queue.count == 1)
        #expect(queue.pop(upTo: 5) == 5)
    }

    @Test("in any order of additions, what is popped has each name once and ranks that do not fall")
    func random() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var queue = RankedQueue<(name: ByteString, rank: Int)>()
            var highest: [ByteString: Int] = [:]
            for _ in 0..<50 {
                let name = ByteString("\(Int.random(in: 0..<20, using: &random))")
                let rank = Int.random(in: 0..<6, using: &random)
                queue.add((name, rank), named: name, rank: rank)
                highest[name] = max(highest[name] ?? 0, rank)
            }
            let popped = queue.popAll()
            #expect(popped.map(\.rank) == popped.map(\.rank).sorted())
            #expect(Dictionary(uniqueKeysWithValues: popped.map { ($0.name, $0.rank) }) == highest)
        }
    }
}
