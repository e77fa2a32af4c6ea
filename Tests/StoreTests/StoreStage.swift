import Bytes
import Store
import Synchronization
import TestSupport

/// A store in a directory of a test's own, with what it has told.
final class StoreStage: Sendable {
    let directory: TemporaryDirectory
    private let told = Mutex<[ItemStore.Event]>([])

    init() throws { directory = try TemporaryDirectory() }

    var path: String { directory.path + "/" + ItemStore.fileName }

    var events: [ItemStore.Event] { told.withLock { $0 } }

    func open(
        _ durability: Durability = .everySecond, queuedBytes: Int = 64 << 20, in folder: String? = nil
    ) -> ItemStore {
        let options = ItemStore.Options(
            directory: folder ?? directory.path, durability: durability, queuedBytes: queuedBytes)
        return ItemStore.open(options) { event in self.told.withLock { $0.append(event) } }
    }

    func waitFor(_ what: String, _ matches: (ItemStore.Event) -> Bool) throws {
        try waitUntil("the store says \(what); it said \(events)", withinMilliseconds: 30_000) {
            events.contains(where: matches)
        }
    }

    var asidePath: String? {
        for case .setAside(let path, _, _, _) in events { return path }
        return nil
    }

    var rescued: Int? {
        for case .setAside(_, _, let rescued, _) in events { return rescued }
        return nil
    }
}

extension StoredItem {
    static func sample(
        _ number: Int64, _ state: State = .pending, due: Int64 = 0, mergeKey: ByteString = "",
        rule: String = "",
        content: String = "work"
    ) -> StoredItem {
        StoredItem(
            number: number, state: state, due: due, mergeKey: mergeKey, rule: rule,
            content: ByteString(content))
    }
}

extension ItemStore {
    /// Gives an operation and waits for what becomes of it.
    private func wait<Value: Sendable>(
        _ what: String, _ give: (@escaping Done<Value>) -> Bool
    ) throws -> Value {
        let found = Found<Value>()
        guard give({ result in found.set(result) }) else { throw SupportError("the store is full") }
        try waitUntil("the store has done a \(what)", withinMilliseconds: 30_000) { found.isThere }
        return try found.value()
    }

    func putNow(_ items: [StoredItem]) throws { try wait("put") { put(items, done: $0) } }

    func removeNow(_ numbers: [Int64]) throws { try wait("remove") { remove(numbers, done: $0) } }

    func loadNow(_ query: Query) throws -> [StoredItem] { try wait("load") { load(query, done: $0) } }

    func countsNow() throws -> Counts { try wait("count") { counts(done: $0) } }
}

/// What an operation has brought.
private final class Found<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, ItemStore.Failure>?>(nil)

    func set(_ result: Result<Value, ItemStore.Failure>) { self.result.withLock { $0 = result } }

    var isThere: Bool { result.withLock { $0 != nil } }

    func value() throws -> Value {
        guard let result = result.withLock({ $0 }) else { throw SupportError("nothing is there") }
        return try result.get()
    }
}
