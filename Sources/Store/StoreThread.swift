import Threads

/// What the store's thread does: commits what has gathered, and keeps the file usable.
final class StoreThread {
    /// How often to look whether the other owner has gone.
    private static let ownerMilliseconds: Int32 = 50
    /// How often to try a disk again that takes nothing.
    private static let retryMilliseconds: Int32 = 500
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
    /// Why a file was set aside whose rows are still to be rescued, and where it lies.
    private var aside: (path: String, reason: String)?
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
            let isReady = prepare()
            if isReady {
                pending += queue.take(milliseconds: log.isDirty ? Self.syncMilliseconds : -1).operations
                work()
            } else {
                queue.pause(milliseconds: lock == nil ? Self.ownerMilliseconds : Self.retryMilliseconds)
            }
            if queue.isStopping {
                pending += queue.take(milliseconds: 0).operations
                if prepare() { work() }
                break
            }
        }
        finish()
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
            onEvent(.setAside(path: aside.path, reason: aside.reason, rescued: rescued))
        }
        let items = try file.counts().total
        self.file = file
        works()
        onEvent(.opened(items: items))
    }

    // MARK: Working

    private func work() {
        guard !pending.isEmpty else { return syncWhenDue() }
        while let file, !pending.isEmpty {
            do throws(SQLiteError) {
                let told = try perform(pending, file)
                pending = []
                for done in told { done() }
                if queue.finished() { onEvent(.hasRoom) }
                works()
                break
            } catch {
                failed(error)
                guard self.file !== file, prepare() else { break }
            }
        }
        syncWhenDue()
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

    private func syncWhenDue() {
        do throws(FileError) {
            try log.syncWhenDue(milliseconds: Self.syncMilliseconds)
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
            if aside == nil { aside = (moved, error.description) }
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
        if isFailing { onEvent(.recovered) }
        isFailing = false
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
