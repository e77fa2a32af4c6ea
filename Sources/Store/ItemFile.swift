import Bytes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The store's SQLite file: its format, and every statement that is run on it.
///
/// One table; content is bytes that only the queue understands. The index by state and due time answers what
/// is due next and counts without reading the rows; numbers are the rows' own identifiers.
final class ItemFile {
    /// `FRSH`: tells the file from others in SQLite's header.
    private static let applicationID = 0x4652_5348
    /// The version of the format, in SQLite's header.
    static let formatVersion = 1

    private static let schema = """
        CREATE TABLE item (number INTEGER PRIMARY KEY, state INTEGER NOT NULL, due INTEGER NOT NULL,
            merge BLOB NOT NULL, rule BLOB NOT NULL, content BLOB NOT NULL);
        CREATE INDEX item_due ON item (state, due, number);
        CREATE INDEX item_merge ON item (merge, number) WHERE length(merge) > 0;
        CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        """
    static let columns = "number, state, due, merge, rule, content"

    let connection: SQLiteConnection
    /// Opens the file or creates it; throws where it is damaged or somebody else's.
    init(path: String, durability: Durability) throws(SQLiteError) {
        // Names of keys are nobody else's business; what SQLite makes beside the file gets its rights.
        Self.makePrivate(path)
        connection = try SQLiteConnection(path: path)
        do {
            let isNew = try identify()
            try configure(durability)
            if isNew {
                try transaction { () throws(SQLiteError) in try connection.execute(Self.schema) }
            } else {
                try check()
            }
        } catch {
            connection.close()
            throw error
        }
    }

    private static func makePrivate(_ path: String) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { FileError.close(descriptor) }
    }

    private func configure(_ durability: Durability) throws(SQLiteError) {
        try connection.execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = \(durability == .always ? "FULL" : "NORMAL");
            PRAGMA journal_size_limit = 16777216;
            PRAGMA cache_size = -8192;
            PRAGMA temp_store = MEMORY;
            PRAGMA cell_size_check = ON;
            PRAGMA trusted_schema = OFF;
            """)
    }

    /// Makes sure that the file is one of this format, without changing it; true when it is empty.
    private func identify() throws(SQLiteError) -> Bool {
        let tables = try connection.integer("SELECT count(*) FROM sqlite_schema")
        let application = try connection.integer("PRAGMA application_id")
        let version = try connection.integer("PRAGMA user_version")
        if tables == 0, application == 0, version == 0 { return true }
        guard application == Self.applicationID else {
            throw Self.foreign("expected a file of Freshet's, found an SQLite file of another program")
        }
        guard version == Self.formatVersion else {
            throw Self.foreign(
                "expected format \(Self.formatVersion), found \(version), which another version of Freshet "
                    + "wrote")
        }
        return false
    }

    private static func foreign(_ message: String) -> SQLiteError {
        SQLiteError(code: SQLiteError.notADatabase, message)
    }

    /// Looks through every page, unless the file was closed in order: 0.3 s for a million items.
    private func check() throws(SQLiteError) {
        let wasClosed = try connection.integer("SELECT value FROM mark WHERE name = 'closed'") == 1
        try connection.execute("INSERT OR REPLACE INTO mark VALUES ('closed', 0)")
        if wasClosed { return }
        let statement = try connection.statement("PRAGMA quick_check(1)")
        defer { statement.reset() }
        guard try statement.step() else { return }
        let finding = statement.text(0)
        guard finding == "ok" else {
            throw SQLiteError(code: SQLiteError.corrupt, "the file is damaged: \(finding)")
        }
    }

    /// Closes the file in order; true when no items are left in it.
    func close() throws(SQLiteError) -> Bool {
        defer { connection.close() }
        try connection.execute("INSERT OR REPLACE INTO mark VALUES ('closed', 1)")
        let isEmpty = try connection.integer("SELECT NOT EXISTS (SELECT 1 FROM item)") == 1
        try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return isEmpty
    }

    /// Runs `body` in one transaction, which an error undoes.
    func transaction(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        try connection.execute("BEGIN IMMEDIATE")
        do {
            try body()
            try connection.execute("COMMIT")
        } catch {
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            throw error
        }
    }

    // MARK: Items

    func put(_ item: StoredItem) throws(SQLiteError) {
        let statement = try connection.statement(
            "INSERT OR REPLACE INTO item (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?)")
        statement.bind(1, item.number)
        statement.bind(2, Int64(item.state.rawValue))
        statement.bind(3, item.due)
        statement.bind(4, item.mergeKey.bytes)
        statement.bind(5, Array(item.rule.utf8))
        statement.bind(6, item.content.bytes)
        _ = try statement.step()
        statement.reset()
    }

    func remove(_ number: Int64) throws(SQLiteError) {
        let statement = try connection.statement("DELETE FROM item WHERE number = ?")
        statement.bind(1, number)
        _ = try statement.step()
        statement.reset()
    }

    func load(_ query: ItemStore.Query) throws(SQLiteError) -> [StoredItem] {
        guard query.limit > 0, !query.states.isEmpty else { return [] }
        let statement = try connection.statement(ItemQuery.text(query))
        defer { statement.reset() }
        for (place, value) in ItemQuery.values(query).enumerated() {
            switch value {
            case .number(let number): statement.bind(Int32(place + 1), number)
            case .bytes(let bytes): statement.bind(Int32(place + 1), bytes)
            }
        }
        var items: [StoredItem] = []
        while try statement.step() {
            items.append(try Self.item(statement))
        }
        return items
    }

    /// The item in the row that the statement stands on.
    static func item(_ row: SQLiteStatement) throws(SQLiteError) -> StoredItem {
        guard let state = StoredItem.State(rawValue: Int(row.integer(1))) else {
            throw SQLiteError(
                code: SQLiteError.corrupt, "the file is damaged: an item's state is \(row.integer(1))")
        }
        return StoredItem(
            number: row.integer(0), state: state, due: row.integer(2), mergeKey: ByteString(row.bytes(3)),
            rule: row.text(4), content: ByteString(row.bytes(5)))
    }

    func counts() throws(SQLiteError) -> ItemStore.Counts {
        var counts = ItemStore.Counts()
        let statement = try connection.statement(
            "SELECT state, count(*), min(due) FROM item GROUP BY state")
        defer { statement.reset() }
        while try statement.step() {
            guard let state = StoredItem.State(rawValue: Int(statement.integer(0))) else { continue }
            counts.items[state] = Int(statement.integer(1))
            counts.nextDue[state] = statement.integer(2)
        }
        counts.lastNumber = try connection.integer(
            "SELECT max(number) FROM item WHERE number <= \(StoredItem.highestNumber)")
        counts.lastNumber = max(0, counts.lastNumber)
        return counts
    }
}

extension SQLiteError {
    /// SQLITE_CORRUPT.
    static let corrupt: Int32 = 11
    /// SQLITE_NOTADB.
    static let notADatabase: Int32 = 26
}
