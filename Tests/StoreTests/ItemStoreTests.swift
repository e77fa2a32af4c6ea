import Bytes
import Store
import TestSupport
import Testing

@Suite("The store of items")
struct ItemStoreTests {
    @Test("what was put is there after the store is opened again", arguments: Durability.allCases)
    func keeps(_ durability: Durability) throws {
        let stage = try StoreStage()
        let items = [
            StoredItem.sample(1, .pending, due: 5, mergeKey: "scan:0", rule: "price-drop", content: "a\0b"),
            .sample(2, .dead, due: -3), .sample(7, .held, due: .max, content: ""),
        ]
        let first = stage.open(durability)
        try first.putNow(items)
        first.stop()
        let second = stage.open(durability)
        #expect(try second.loadNow(.init(order: .number, limit: 10)) == items)
        try second.putNow([.sample(2, .pending, due: 9, content: "again")])
        try second.removeNow([1, 99])
        #expect(try second.loadNow(.init(order: .number, limit: 10)).map(\.content.text) == ["again", ""])
        second.stop()
    }

    @Test("a file without items is removed at the end")
    func removesEmpty() throws {
        let stage = try StoreStage()
        let store = stage.open()
        try store.putNow([.sample(1)])
        try store.removeNow([1])
        store.stop()
        #expect(FileSystem.names(in: stage.directory.path) == ["owner.lock"])
    }

    @Test("counts tell states, next due times and the last number")
    func counts() throws {
        let stage = try StoreStage()
        let store = stage.open()
        #expect(try store.countsNow() == ItemStore.Counts())
        try store.putNow((1...100).map { .sample($0, $0 % 4 == 0 ? .retrying : .pending, due: 1000 - $0) })
        let counts = try store.countsNow()
        #expect(counts.items == [.pending: 75, .retrying: 25])
        #expect(counts.nextDue == [.pending: 901, .retrying: 900])
        #expect(counts.lastNumber == 100)
        store.stop()
    }

    @Test("items come in the order of their due times across states, a page at a time")
    func pages() throws {
        let stage = try StoreStage()
        let store = stage.open()
        var seed = Seed.ofThisRun()
        let states = StoredItem.State.allCases
        let items = (1...500).map { number in
            StoredItem.sample(
                number, states[Int(number) % states.count], due: Int64.random(in: 0..<100, using: &seed))
        }
        try store.putNow(items)
        let wanted = items.filter { $0.state != .dead && $0.due <= 60 }
            .sorted { ($0.due, $0.number) < ($1.due, $1.number) }
        var query = ItemStore.Query(states: [.pending, .retrying, .paused, .held], dueBefore: 60, limit: 37)
        var found: [StoredItem] = []
        while true {
            let page = try store.loadNow(query)
            found += page
            guard let last = page.last else { break }
            query.after = .init(due: last.due, number: last.number)
        }
        #expect(found == wanted, "\(seed)")
        store.stop()
    }

    @Test("items can be asked for by rule and by what they merge with")
    func filters() throws {
        let stage = try StoreStage()
        let store = stage.open()
        try store.putNow([
            .sample(1, rule: "a", content: "1"), .sample(2, mergeKey: "k", rule: "b", content: "2"),
            .sample(3, .dead, mergeKey: "k", rule: "a", content: "3"),
        ])
        #expect(try store.loadNow(.init(rule: "a", limit: 10)).map(\.number) == [1, 3])
        #expect(try store.loadNow(.init(states: [.pending], mergeKey: "k", limit: 10)).map(\.number) == [2])
        #expect(
            try store.loadNow(.init(order: .number, after: .init(number: 2), limit: 10)).map(\.number) == [3])
        #expect(try store.loadNow(.init(states: [], limit: 10)).isEmpty)
        store.stop()
    }

    @Test("a full queue refuses, and tells when there is room")
    func backpressure() throws {
        let stage = try StoreStage()
        let owner = stage.open()
        try stage.waitFor("that it is open") { $0 == .opened(items: 0) }
        let waiting = stage.open(queuedBytes: 4096)
        try stage.waitFor("who the owner is") { if case .waiting = $0 { true } else { false } }
        var taken: Int64 = 0
        while waiting.put([.sample(taken, content: String(repeating: "x", count: 200))]) { taken += 1 }
        #expect(taken > 4 && taken < 20)
        #expect(waiting.queuedBytes <= 4096)
        owner.stop()
        try stage.waitFor("that there is room") { $0 == .hasRoom }
        #expect(try waiting.countsNow().total == Int(taken))
        waiting.stop()
    }

    @Test("a second owner waits, and goes on where the first one ended")
    func twoOwners() throws {
        let stage = try StoreStage()
        let first = stage.open()
        try first.putNow([.sample(1)])
        let second = stage.open()
        try stage.waitFor("who the owner is") { $0 == .waiting(owner: ProcessNumber.own) }
        try first.putNow([.sample(2)])
        first.stop()
        #expect(try second.countsNow().total == 2)
        second.stop()
    }

    @Test("a store that never became the owner fails what it was given")
    func neverOwner() throws {
        let stage = try StoreStage()
        let first = stage.open()
        try first.putNow([.sample(1)])
        let second = stage.open()
        let told = Told()
        #expect(second.put([.sample(2)]) { told.note($0) })
        second.stop()
        #expect(told.failures.first?.contains("another process owns") == true)
        first.stop()
    }

    @Test("many small operations share commits, and none is lost or reordered")
    func groupCommit() throws {
        let stage = try StoreStage()
        let store = stage.open(.always)
        let told = Told()
        for number in 1...2000 {
            #expect(store.put([.sample(Int64(number), content: "\(number)")]) { told.note($0) })
            if number % 3 == 0 { #expect(store.remove([Int64(number)]) { told.note($0) }) }
        }
        let counts = try store.countsNow()
        #expect(counts.total == 2000 - 666)
        #expect(told.count == 2666 && told.failures.isEmpty)
        store.stop()
    }
}
