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
    static let formatVersion = 2

    private static let schema = """
        CREATE TABLE item (number INTEGER PRIMARY KEY, state INTEGER NOT NULL, due INTEGER NOT NULL,
            merge BLOB NOT NULL, rule BLOB NOT NULL, content BLOB NOT NULL,
            sum INTEGER NOT NULL DEFAULT -1);
        CREATE INDEX item_due ON item (state, due, number);
        CREATE INDEX item_merge ON item (merge, number) WHERE length(merge) > 0;
        CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        """
    static let columns = "number, state, due, merge, rule, content, sum"
    /// The format before rows had checksums.
    static let unsummedVersion = 1
    static let unsummedColumns = "number, state, due, merge, rule, content, -1"

    let connection: SQLiteConnection
    private let count: CommitCount
    private var value = CommitCount.Value()
    /// Opens the file or creates it; throws where it is damaged or somebody else's.
    init(path: String, durability: Durability) throws(SQLiteError) {
        // Names of keys are nobody else's business; what SQLite makes beside the file gets its rights.
        Self.makePrivate(path)
        connection = try SQLiteConnection(path: path)
        count = CommitCount(beside: path)
        do {
            // What is found damaged is to be found as it was by whoever looks into it.
            connection.keepsLog = true
            let isNew = try identify()
            if isNew {
                try checkNew(against: count.found)
                try configure(durability)
                try transaction { () throws(SQLiteError) in try connection.execute(Self.schema) }
            } else {
                value = try check(against: count.found)
                try configure(durability)
                try modernize()
            }
            connection.keepsLog = false
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
        guard version == Self.formatVersion || version == Self.unsummedVersion else {
            throw Self.foreign(
                "expected format \(Self.formatVersion), found \(version), which another version of Freshet "
                    + "wrote")
        }
        return false
    }

    /// Gives rows of the first format a place for their checksums.
    private func modernize() throws(SQLiteError) {
        guard try connection.integer("PRAGMA user_version") == Self.unsummedVersion else { return }
        try transaction { () throws(SQLiteError) in
            try connection.execute(
                """
                ALTER TABLE item ADD COLUMN sum INTEGER NOT NULL DEFAULT -1;
                PRAGMA user_version = \(Self.formatVersion);
                """)
        }
    }

    private static func foreign(_ message: String) -> SQLiteError {
        SQLiteError(code: SQLiteError.notADatabase, message)
    }

    /// Closes the file in order; true when no items are left in it.
    func close() throws(SQLiteError) -> Bool {
        defer { connection.close() }
        let isEmpty = try connection.integer("SELECT NOT EXISTS (SELECT 1 FROM item)") == 1
        try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return isEmpty
    }

    /// Commits a page, to see whether the disk takes it.
    func probe() throws(SQLiteError) { try transaction { () throws(SQLiteError) in } }

    /// Runs `body` in one transaction, which an error undoes.
    func transaction(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        let before = value
        try connection.execute("BEGIN IMMEDIATE")
        do {
            try body()
            value.commits += 1
            let mark = try connection.statement("INSERT OR REPLACE INTO mark VALUES ('commits', ?)")
            mark.bind(1, value.commits)
            _ = try mark.step()
            mark.reset()
            try connection.execute("COMMIT")
        } catch {
            value = before
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            throw error
        }
        count.write(value)
    }

    // MARK: Items

    func put(_ item: StoredItem) throws(SQLiteError) {
        let statement = try connection.statement(
            "INSERT INTO item (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        try run(statement, item)
        if connection.changes > 0 {
            value.items += 1
        } else {
            try run(
                try connection.statement(
                    "INSERT OR REPLACE INTO item (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)"), item)
        }
    }

    private func run(_ statement: SQLiteStatement, _ item: StoredItem) throws(SQLiteError) {
        statement.bind(1, item.number)
        statement.bind(2, Int64(item.state.rawValue))
        statement.bind(3, item.due)
        statement.bind(4, item.mergeKey.bytes)
        statement.bind(5, Array(item.rule.utf8))
        statement.bind(6, item.content.bytes)
        statement.bind(7, Self.sum(item))
        _ = try statement.step()
        statement.reset()
    }

    func remove(_ number: Int64) throws(SQLiteError) {
        let statement = try connection.statement("DELETE FROM item WHERE number = ?")
        statement.bind(1, number)
        _ = try statement.step()
        value.items -= Int64(connection.changes)
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
            items.append(Self.item(statement))
        }
        return items
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
