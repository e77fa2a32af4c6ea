import Threads

/// What the store's thread does: commits what has gathered, and keeps the file usable.
final class StoreThread {
    /// How often to look whether the other owner has gone.
    private static let ownerMilliseconds: Int32 = 50
    /// When to try a disk again that takes nothing: at first soon, then ever more seldom.
    private static let retryMilliseconds: ClosedRange<Int32> = 250...5000
    private static let syncMilliseconds: Int32 = 1000

    private let options: ItemStore.Options
    private let queue: StoreQueue
    private let onEvent: @Sendable (ItemStore.Event) -> Void
    private let path: String
    private var lock: OwnerLock?
    private var file: ItemFile?
    private let log: WriteAheadLog
    /// Taken from the queue and not done yet.
    private var pending: [StoreOperation] = []
    private var hasToldOfOwner = false
    private var isFailing = false
    private var retry = StoreThread.retryMilliseconds.lowerBound
    /// Why a file was set aside whose rows are still to be rescued, and where it lies.
    private var aside: (path: String, reason: String, expected: Int?)?
    private var lastAside: UInt64?

    init(
        _ options: ItemStore.Options, _ queue: StoreQueue,
        _ onEvent: @escaping @Sendable (ItemStore.Event) -> Void
    ) {
        self.options = options
        self.queue = queue
        self.onEvent = onEvent
        path = options.directory + "/" + ItemStore.fileName
        log = WriteAheadLog(path: path + "-wal")
    }

    func run() {
        while true {
            if prepare() {
                // What has failed is tried again at once, and nothing waits for more.
                let patience: Int32 = isFailing ? 0 : log.isDirty ? Self.syncMilliseconds : -1
                pending += queue.take(milliseconds: patience).operations
                work()
            }
            if isFailing || file == nil { waitForDisk() }
            if queue.isStopping {
                pending += queue.take(milliseconds: 0).operations
                if prepare() { work() }
                break
            }
        }
        finish()
    }

    private func waitForDisk() {
        if lock == nil, !isFailing { return queue.pause(milliseconds: Self.ownerMilliseconds) }
        queue.pause(milliseconds: retry)
        retry = min(2 * retry, Self.retryMilliseconds.upperBound)
    }

    // MARK: Opening

    /// Sees to it that the file is owned and open; false while that cannot be.
    private func prepare() -> Bool {
        if file != nil { return true }
        guard lock != nil || acquire() else { return false }
        do throws(SQLiteError) {
            try open()
            return true
        } catch {
            failed(error)
            return false
        }
    }

    private func acquire() -> Bool {
        switch OwnerLock.acquire(in: options.directory) {
        case .owned(let lock):
            self.lock = lock
            onEvent(.owned)
            return true
        case .taken(let owner):
            if !hasToldOfOwner { onEvent(.waiting(owner: owner)) }
            hasToldOfOwner = true
            return false
        case .failed(let error):
            failing(error.description)
            return false
        }
    }

    private func open() throws(SQLiteError) {
        let file = try ItemFile(path: path, durability: options.durability)
        if let aside {
            let rescued = try ItemRescue.run(from: aside.path, into: file)
            self.aside = nil
            let lost = aside.expected.map { max(0, $0 - rescued) }
            onEvent(.setAside(path: aside.path, reason: aside.reason, rescued: rescued, lost: lost))
        }
        let items = try file.counts().total
        self.file = file
        onEvent(.opened(items: items))
    }

    // MARK: Working

    private func work() {
        guard isFailing || !pending.isEmpty else { return syncWhenDue() }
        while let file {
            do throws(SQLiteError) {
                let told = try perform(pending, file)
                // It works again when a commit has succeeded: to be open is not enough.
                if isFailing { try file.probe() }
                pending = []
                for done in told { done() }
                if queue.finished() { onEvent(.hasRoom) }
                syncWhenDue(isUrgent: isFailing)
                if self.file === file { works() }
                return
            } catch {
                failed(error)
                // A damaged file was set aside: what was asked for is done with a new one. A disk that takes
                // nothing is given time.
                guard self.file !== file, !isFailing, prepare() else { return }
            }
        }
    }

    /// Runs all operations in one transaction and returns what is to be told of them once it is committed.
    private func perform(
        _ operations: [StoreOperation], _ file: ItemFile
    ) throws(SQLiteError) -> [() -> Void] {
        var told: [() -> Void] = []
        guard operations.contains(where: \.isWrite) else {
            for operation in operations { told.append(try run(operation, file)) }
            return told
        }
        try file.transaction { () throws(SQLiteError) in
            for operation in operations { told.append(try run(operation, file)) }
        }
        if options.durability == .everySecond { log.written() }
        return told
    }

    private func run(_ operation: StoreOperation, _ file: ItemFile) throws(SQLiteError) -> () -> Void {
        do throws(SQLiteError) {
            switch operation {
            case .put(let items, let done):
                for item in items { try file.put(item) }
                return { done(.success(())) }
            case .remove(let numbers, let done):
                for number in numbers { try file.remove(number) }
                return { done(.success(())) }
            case .load(let query, let done):
                let items = try file.load(query)
                return { done(.success(items)) }
            case .counts(let done):
                let counts = try file.counts()
                return { done(.success(counts)) }
            }
        } catch {
            guard error.isRefusal else { throw error }
            let failure = ItemStore.Failure(description: error.description)
            return { operation.fail(failure) }
        }
    }

    private func syncWhenDue(isUrgent: Bool = false) {
        do throws(FileError) {
            try log.syncWhenDue(milliseconds: isUrgent ? 0 : Self.syncMilliseconds)
        } catch {
            // What the kernel has dropped it will not write: the file is opened anew, so that nothing that
            // is only in its memory is taken for written.
            file?.connection.close()
            file = nil
            failing(error.description)
        }
    }

    // MARK: Failing

    private func failed(_ error: SQLiteError) {
        // A new file that is bad at once says that something else is.
        let now = WriteAheadLog.now()
        guard error.isDamage, lastAside.map({ now - $0 >= 10_000 }) ?? true else {
            return failing(error.description)
        }
        lastAside = now
        file?.connection.close()
        file = nil
        do throws(FileError) {
            let moved = try SetAside.move(path)
            if aside == nil { aside = (moved, error.description, error.expectedItems) }
        } catch let problem {
            failing("\(error); \(problem)")
        }
    }

    private func failing(_ reason: String) {
        if !isFailing { onEvent(.failed(reason: reason)) }
        isFailing = true
        // A connection that met an error of the disk may hold state that is no longer true.
        if let file, !file.connection.isInTransaction {
            file.connection.close()
            self.file = nil
        }
    }

    private func works() {
        guard isFailing else { return }
        isFailing = false
        retry = Self.retryMilliseconds.lowerBound
        onEvent(.recovered)
    }

    private func finish() {
        for operation in pending {
            operation.fail(
                ItemStore.Failure(
                    description: lock == nil
                        ? "another process owns '\(options.directory)'"
                        : "the disk took nothing until the end"))
        }
        pending = []
        log.sync()
        guard let file else { return }
        let isEmpty = (try? file.close()) ?? false
        if isEmpty { SetAside.remove(path) }
        self.file = nil
        lock = nil
    }
}
