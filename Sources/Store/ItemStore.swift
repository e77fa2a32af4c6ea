public import Bytes
import Threads

/// Accepted work on disk: an SQLite file behind a thread of its own.
///
///     put, remove, load, counts ─► StoreQueue ─► StoreThread ─► ItemFile (SQLite, WAL)
///                                   bounded       one transaction for all that has gathered
///
/// Whatever gathers while one transaction commits goes into the next: under load many operations share one
/// commit. Operations take effect in the order in which they were given, a `load` sees every `put` before it.
/// Each `done` is called once, on the store's thread: hand what it brings to a loop.
///
/// While the disk takes nothing (full, read-only, gone) operations wait, within `Options.queuedBytes`, and
/// are tried again about every second; a damaged file is set aside and what can be read of it goes into a new
/// one. `Event` tells.
public final class ItemStore: Sendable {
    public struct Options: Sendable {
        public var directory: String
        public var durability: Durability
        /// About how many bytes of operations may wait for the thread.
        public var queuedBytes: Int

        public init(directory: String, durability: Durability = .everySecond, queuedBytes: Int = 64 << 20) {
            self.directory = directory
            self.durability = durability
            self.queuedBytes = queuedBytes
        }
    }

    /// What became of the file; told on the store's thread.
    public enum Event: Sendable, Equatable {
        /// Another process owns the directory; this one takes over when it ends.
        case waiting(owner: Int32?)
        /// The directory is this process's own from here on.
        case owned
        /// The file is open: from here on operations take effect.
        case opened(items: Int)
        /// The file could not be used and lies at `path` now; `rescued` rows of it are in the new one, and
        /// `lost` are not, which is nil where nobody knows how many there were.
        ///
        /// What the queue holds in memory should be put again.
        case setAside(path: String, reason: String, rescued: Int, lost: Int?)
        /// Nothing reaches the disk for now; told once until it works again.
        case failed(reason: String)
        /// The disk takes what is written again.
        case recovered
        /// Operations can be given again, after one was refused.
        case hasRoom
    }

    /// Which items to load, and in what order.
    public struct Query: Sendable {
        public enum Order: Sendable {
            /// By `due`, then by number.
            case due
            case number
        }

        /// An item's place in the order: with `Order.number` only its number counts.
        public struct Place: Sendable, Equatable {
            public var due: Int64
            public var number: Int64

            public init(due: Int64 = .min, number: Int64) {
                self.due = due
                self.number = number
            }
        }

        public var states: Set<StoredItem.State>
        public var order: Order
        /// Only items behind this one.
        public var after: Place?
        /// Only items that are due at this time, in milliseconds since 1970, or before.
        public var dueBefore: Int64?
        public var rule: String?
        public var mergeKey: ByteString?
        public var limit: Int

        public init(
            states: Set<StoredItem.State> = Set(StoredItem.State.allCases), order: Order = .due,
            after: Place? = nil, dueBefore: Int64? = nil, rule: String? = nil, mergeKey: ByteString? = nil,
            limit: Int
        ) {
            self.states = states
            self.order = order
            self.after = after
            self.dueBefore = dueBefore
            self.rule = rule
            self.mergeKey = mergeKey
            self.limit = limit
        }
    }

    /// How many items there are, and what the queue must know before it has read any.
    public struct Counts: Sendable, Equatable {
        public var items: [StoredItem.State: Int] = [:]
        /// When the first item of each state is due.
        public var nextDue: [StoredItem.State: Int64] = [:]
        /// The highest number of an item; 0 where there is none.
        public var lastNumber: Int64 = 0

        public init() {}

        public var total: Int { items.values.reduce(0, +) }
    }

    /// Why an operation was not done.
    public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    public typealias Done<Value> = @Sendable (Result<Value, Failure>) -> Void

    /// The file's name in the state directory.
    public static let fileName = "queue.sqlite"

    private let queue: StoreQueue
    private let ended = Wakeup()

    /// Opens the store in the background, as soon as no other process owns the directory.
    ///
    /// `onEvent` is called on the store's thread.
    public static func open(
        _ options: Options, onEvent: @escaping @Sendable (Event) -> Void = { _ in }
    ) -> ItemStore {
        ItemStore(options, onEvent)
    }

    private init(_ options: Options, _ onEvent: @escaping @Sendable (Event) -> Void) {
        let queue = StoreQueue(limit: options.queuedBytes)
        self.queue = queue
        BackgroundThread.start { [ended] in
            StoreThread(options, queue, onEvent).run()
            ended.post()
        }
    }

    /// Bytes of operations that wait for the thread.
    public var queuedBytes: Int { queue.waitingBytes }

    /// Inserts the items, replacing those of the same numbers; `done` when they are committed.
    ///
    /// False when too much waits already: nothing was taken, `done` will not be called, and `Event.hasRoom`
    /// tells when to try again.
    public func put(_ items: [StoredItem], done: @escaping Done<Void> = { _ in }) -> Bool {
        queue.append(.put(items, done))
    }

    /// Removes the items of these numbers, as far as they are there; false as with `put`.
    public func remove(_ numbers: [Int64], done: @escaping Done<Void> = { _ in }) -> Bool {
        queue.append(.remove(numbers, done))
    }

    /// Reads items; false as with `put`.
    public func load(_ query: Query, done: @escaping Done<[StoredItem]>) -> Bool {
        queue.append(.load(query, done))
    }

    /// Counts all items; false as with `put`.
    public func counts(done: @escaping Done<Counts>) -> Bool { queue.append(.counts(done)) }

    /// Does what was given before, closes the file, and waits for that; an empty file is removed.
    ///
    /// What the disk does not take by then fails.
    public func stop() {
        queue.stop()
        ended.wait()
    }
}
