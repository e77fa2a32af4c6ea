import Bytes
import Commands
import Config
import Relay

/// The mutations of the last moments, for a Redis that takes over and may have lost what they invalidated.
///
/// Confined to a loop; bounded by time and by the number of different keys: what was written again is noted
/// again, and counts once where there are too many.
public struct RecentMutations {
    /// What was mutated, to be handed to another loop.
    public struct Excerpt: Sendable {
        struct Key: Hashable, Sendable {
            var side: Side
            var database: Int
            var name: ByteString
        }

        /// Mutated keys; true where the mutation removed the key.
        var keys: [Key: Bool] = [:]
        /// Whether some of them are missing, because they were too many.
        var isIncomplete = false

        public init() {}

        public mutating func add(_ other: Excerpt) {
            keys.merge(other.keys) { $0 || $1 }
            isIncomplete = isIncomplete || other.isIncomplete
        }
    }

    private struct Entry {
        let milliseconds: UInt64
        let side: Side
        let database: Int
        let targetDatabase: Int?
        var keys: [WriteIntent.Key]
    }

    /// Where a key was mutated.
    private struct Place: Hashable {
        let side: Side
        let database: Int
        let targetDatabase: Int?
        let name: ByteString

        init(_ side: Side, _ database: Int, _ targetDatabase: Int?, _ name: ByteString) {
            self.side = side
            self.database = database
            self.targetDatabase = targetDatabase
            self.name = name
        }
    }

    /// It may take so long until it is known that another Redis has taken over; the window is counted from
    /// before that.
    static let slackMilliseconds = 60_000

    /// How many keys are remembered.
    private var limit = 0
    private var window = Duration.zero
    /// For how long, in milliseconds.
    private var span: UInt64 = 0
    private var entries: [Entry] = []
    private var first = 0
    private var keyCount = 0
    private var lostMilliseconds: UInt64?

    /// Takes what `replay-keys` and `replay-window` say.
    mutating func adopt(limit: Int, window: Duration) {
        self.limit = limit
        guard self.window != window else { return }
        self.window = window
        span = UInt64(window.milliseconds + Self.slackMilliseconds)
    }

    mutating func note(
        _ intent: WriteIntent, _ rest: ArraySlice<WriteIntent.Key>, _ side: Side, now: UInt64
    ) {
        entries.append(
            Entry(
                milliseconds: now, side: side, database: intent.database,
                targetDatabase: intent.targetDatabase,
                keys: rest.isEmpty ? intent.keys : intent.keys + rest))
        keyCount += intent.keys.count + rest.count
        forget(before: now - min(now, span))
    }

    private mutating func forget(before start: UInt64) {
        while first < entries.count, entries[first].milliseconds < start { dropFirst() }
        // With room for as many again, looking at all of them costs each write little.
        if keyCount > 2 * limit {
            keepTheLastOfEach()
            while first < entries.count, keyCount > limit {
                lostMilliseconds = entries[first].milliseconds
                dropFirst()
            }
        }
        guard first > 64, first > entries.count / 2 else { return }
        entries.removeSubrange(0..<first)
        first = 0
    }

    private mutating func dropFirst() {
        keyCount -= entries[first].keys.count
        first += 1
    }

    /// Forgets each key but where it was mutated last.
    private mutating func keepTheLastOfEach() {
        var seen: Set<Place> = []
        var kept: [Entry] = []
        keyCount = 0
        for var entry in entries[first...].reversed() {
            entry.keys.removeAll { key in
                let place = Place(entry.side, entry.database, entry.targetDatabase, key.name)
                return !seen.insert(place).inserted
            }
            guard !entry.keys.isEmpty else { continue }
            keyCount += entry.keys.count
            kept.append(entry)
        }
        kept.reverse()
        entries = kept
        first = 0
    }

    /// What was mutated since `start`.
    mutating func excerpt(since start: UInt64) -> Excerpt {
        var excerpt = Excerpt()
        for entry in entries[first...] where entry.milliseconds >= start {
            for database in Set([entry.database, entry.targetDatabase ?? entry.database]) {
                for key in entry.keys {
                    let place = Excerpt.Key(side: entry.side, database: database, name: key.name)
                    excerpt.keys[place] = key.role == .delete
                }
            }
        }
        excerpt.isIncomplete = lostMilliseconds.map { $0 >= start } ?? false
        return excerpt
    }
}
