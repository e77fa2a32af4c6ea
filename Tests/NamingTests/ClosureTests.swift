import Bytes
import Naming
import Testing

private func told(_ closure: Closure) -> [String] {
    closure.steps.map { "\($0.depth) \($0.parent) -> \($0.key)" }
}

struct ClosureTests {
    @Test("a cascade goes breadth-first, and a diamond counts once")
    func diamond() throws {
        let conventions = try compiled(["depend b on a", "depend c on a", "depend d on b c", "depend e on d"])
        let closure = conventions.closure(of: ["a"], maxDepth: 32, maxKeys: 1000)
        #expect(told(closure) == ["1 a -> b", "1 a -> c", "2 b -> d", "3 d -> e"])
        #expect(!closure.isTruncated && closure.unexplored.isEmpty)
        #expect(closure.steps.last?.origin.text == "depend e on d")
    }

    @Test("a cycle is harmless, and a given key is never a step")
    func cycle() throws {
        let conventions = try compiled(
            ["depend b on a", "depend a on b", "depend c on b"], cyclesAllowed: true)
        let closure = conventions.closure(of: ["a", "a"], maxDepth: 32, maxKeys: 1000)
        #expect(told(closure) == ["1 a -> b", "2 b -> c"])
        #expect(conventions.closure(of: ["a", "b"], maxDepth: 9, maxKeys: 9).steps.map(\.key) == ["c"])
    }

    @Test("a rule's tag brings computed members as steps and index sets as takes")
    func tags() throws {
        let conventions = try compiled([
            "tag p:{id}:price t:{id}", "tag q:{id}:** t:{id}", "tag page:{id} all/{id}",
            "depend view:{id} on p:{id}:price", "rule r on s:{id} invalidate tag:t:{id} tag:all",
            "depend list:{x}:** on view:{id}",
        ])
        let closure = conventions.closure(of: ["s:4"], maxDepth: 32, maxKeys: 1000)
        #expect(told(closure) == ["1 s:4 -> p:4:price", "2 p:4:price -> view:4"])
        let takes = closure.takes.map { "\($0.depth) \($0.parent) \($0.kind) \($0.indexKey)" }
        #expect(
            takes == [
                "1 s:4 members freshet:tag:t:4", "1 s:4 members freshet:tag:all",
                "1 s:4 children freshet:sub:all",
                "3 view:4 dependents freshet:dep:view:{id}",
            ])
    }

    @Test("protected keys are skipped, told once, and lead nowhere")
    func protected() throws {
        let conventions = try compiled(["depend s:1 on a b", "depend c on s:1", "protect s:*"])
        let closure = conventions.closure(of: ["a", "b"], maxDepth: 32, maxKeys: 1000)
        #expect(closure.steps.isEmpty)
        #expect(closure.skippedProtected == ["s:1"])
    }

    @Test("at the depth limit the walk stops and says what it did not follow")
    func depthLimit() throws {
        let conventions = try compiled((0..<10).map { "depend k\($0 + 1) on k\($0)" })
        let closure = conventions.closure(of: ["k0"], maxDepth: 3, maxKeys: 1000)
        #expect(closure.steps.map(\.key) == ["k1", "k2", "k3"])
        #expect(closure.isTruncated)
        #expect(closure.unexplored == ["k3"])
        #expect(!conventions.closure(of: ["k7"], maxDepth: 3, maxKeys: 1000).isTruncated)
    }

    @Test("going on from what was left over finds the rest", arguments: [1, 2, 3, 7, 50])
    func keyLimit(maxKeys: Int) throws {
        let conventions = try compiled((1..<100).map { "depend k\($0) on k\($0 / 2)" }, cyclesAllowed: true)
        var found: Set<ByteString> = []
        var given: [ByteString] = ["k0"]
        var rounds = 0
        while !given.isEmpty, rounds < 200 {
            let closure = conventions.closure(of: given, maxDepth: 100, maxKeys: maxKeys)
            #expect(closure.steps.count <= maxKeys + 2)
            #expect(closure.isTruncated == !closure.unexplored.isEmpty)
            found.formUnion(closure.steps.map(\.key))
            given = closure.unexplored
            rounds += 1
        }
        #expect(found == Set((1..<100).map { ByteString("k\($0)") }))
    }

    @Test("on random graphs each reachable key is a step once, at its shortest distance", arguments: 1...30)
    func randomGraphs(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let count = Int.random(in: 2...40, using: &generator)
        var edges: Set<[Int]> = []
        for _ in 0..<Int.random(in: 1...120, using: &generator) {
            edges.insert([
                Int.random(in: 0..<count, using: &generator), Int.random(in: 0..<count, using: &generator),
            ])
        }
        let conventions = try compiled(
            edges.sorted { $0.lexicographicallyPrecedes($1) }.map {
                "depend k:{x}:\($0[1]) on k:{x}:\($0[0])"
            }, cyclesAllowed: true)
        var distance = [0: 0]
        var frontier = [0]
        while !frontier.isEmpty {
            let next = edges.filter { frontier.contains($0[0]) && distance[$0[1]] == nil }.map { $0[1] }
            let depth = (distance[frontier[0]] ?? 0) + 1
            for node in next { distance[node] = depth }
            frontier = Array(Set(next))
        }
        distance[0] = nil
        let closure = conventions.closure(of: ["k:z:0"], maxDepth: 1000, maxKeys: 1000)
        #expect(closure.steps.count == distance.count)
        #expect(
            Dictionary(uniqueKeysWithValues: closure.steps.map { ($0.key, $0.depth) })
                == Dictionary(uniqueKeysWithValues: distance.map { (ByteString("k:z:\($0)"), $1) }))
        #expect(!closure.isTruncated)
    }
}
