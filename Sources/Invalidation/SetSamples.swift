import Bytes
import EventLoop
import Naming

/// Tells the engine into which index sets a loop's writes record: not of every write, but of enough to know
/// the sets that grow fast.
struct SetSamples {
    /// Of so many records one is told.
    private static let every = 16
    /// How many names may wait to be told.
    private static let most = 64
    private static let milliseconds = 100

    private var count = 0
    private var turn = 0
    /// In which databases something was recorded: one set for both Redis.
    private var databases: Set<Int> = []
    private var names: Set<ConsultedSets.Place> = []
    private var isDue = false

    /// Takes the records of a write; true when a time is to be set for `take`.
    mutating func note(_ records: [Record], _ side: Side, _ database: Int) -> Bool {
        let place = 2 * database + (side == .primary ? 0 : 1)
        let isNew = !databases.contains(place)
        if isNew { databases.insert(place) }
        count += records.count
        guard isNew || count >= Self.every, names.count < Self.most else { return false }
        turn &+= 1
        let record = records[turn % records.count]
        names.insert(.init(side: side, database: database, indexKey: record.indexKey))
        count = 0
        guard !isDue, !names.isEmpty else { return false }
        isDue = true
        return true
    }

    /// When what was noted is to be told.
    static var delayMilliseconds: Int { milliseconds }

    mutating func take() -> Set<ConsultedSets.Place> {
        isDue = false
        defer { names = [] }
        return names
    }
}
