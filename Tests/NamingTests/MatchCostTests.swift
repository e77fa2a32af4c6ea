import Bytes
import Naming
import Testing

/// `count` conventions of the shapes that people write, and one that `probe` matches.
private func conventions(_ count: Int) throws -> Conventions {
    var lines = ["tag product:{id}:** product:{id}"]
    for index in 1..<max(count, 1) {
        switch index % 5 {
        case 0: lines.append("tag type\(index):{id}:** type\(index):{id}")
        case 1: lines.append("depend page:{id}:v\(index) on thing\(index):{id}")
        case 2: lines.append("tag user-{id}-x\(index % 10)\(index):** u:{id}")
        case 3: lines.append("tag product:{id}:part\(index):* part:{id}")
        default: lines.append("depend p\(index)-{id} on q\(index)-{id}:a")
        }
    }
    return try compiled(lines)
}

struct MatchCostTests {
    @Test("matching a name costs the same with 100 and with 10,000 conventions")
    func flat() throws {
        let sizes = try [1, 100, 10_000].map(conventions)
        let keys = [
            "product:42:price", "product:42:part4:x", "user-7-x22:a", "unknown:key", "q4-12:a", "type5:1:2",
        ]
        for key in keys {
            let costs = sizes.map { $0.steps(toMatch: ByteString(key)) }
            #expect(costs[0] <= costs[1])
            // Neighbours in the hash table and a few more lengths of prefixes are all that can be added.
            #expect(costs[2] <= costs[1] + 24, "\(key): \(costs)")
            #expect(costs[2] <= 48, "\(key): \(costs)")
        }
    }

    @Test("a hostile key cannot make a pattern of many wildcards expensive")
    func hostile() throws {
        let pattern = String(repeating: "a*", count: 100) + "b"
        let conventions = try compiled(["depend stale on \(pattern)", "protect x\(pattern)"])
        let key = ByteString([UInt8](repeating: 0x61, count: 4096))
        #expect(!conventions.concerns(key))
        #expect(conventions.facts(of: key).dependents.isEmpty)
        #expect(conventions.steps(toMatch: key) <= 4)
    }

    @Test("a key of nothing but separators walks no deeper than the longest pattern")
    func separators() throws {
        let conventions = try conventions(1000)
        let key = ByteString([UInt8](repeating: ASCII.colon, count: 4096))
        #expect(!conventions.concerns(key))
        #expect(conventions.steps(toMatch: key) <= 16)
    }
}
