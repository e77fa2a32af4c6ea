import Bytes

/// What tells whether the file is whole: a file may be opened that has lost what was in it.
extension ItemFile {
    /// Looks through every page and index, and whether all is there that was committed: about a second for a
    /// million items.
    func check(against expected: CommitCount.Value?) throws(SQLiteError) -> CommitCount.Value {
        let statement = try connection.statement("PRAGMA integrity_check(1)")
        defer { statement.reset() }
        if try statement.step(), statement.text(0) != "ok" {
            throw Self.damage(statement.text(0), expected)
        }
        let found = CommitCount.Value(
            commits: try connection.integer("SELECT value FROM mark WHERE name = 'commits'"),
            items: try connection.integer("SELECT count(*) FROM item"))
        guard let expected else { return found }
        if found.commits < expected.commits {
            throw Self.damage(
                "the last \(expected.commits - found.commits) of \(expected.commits) transactions are not in "
                    + "it: its write-ahead log was changed or cut off", expected)
        }
        if found.commits == expected.commits, found.items != expected.items {
            throw Self.damage("it has \(found.items) items, and had \(expected.items)", expected)
        }
        return found
    }

    /// A file without anything in it is a new one, unless one was here that had items.
    func checkNew(against expected: CommitCount.Value?) throws(SQLiteError) {
        guard let expected, expected.items > 0 else { return }
        throw Self.damage("it is empty, and had \(expected.items) items", expected)
    }

    private static func damage(_ what: String, _ expected: CommitCount.Value?) -> SQLiteError {
        var error = SQLiteError(code: SQLiteError.corrupt, "the file is damaged: \(what)")
        error.expectedItems = expected.map { Int(clamping: $0.items) }
        return error
    }

    // MARK: Rows

    /// What a row's checksum is made of: everything in it.
    private static func sum(_ item: StoredItem, state: Int64) -> Int64 {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(item.content.count + item.mergeKey.count + 64)
        for number in [item.number, state, item.due, Int64(item.mergeKey.count), Int64(item.rule.utf8.count)]
        {
            bytes.append(littleEndian: number)
        }
        bytes += item.mergeKey.bytes
        bytes += item.rule.utf8
        bytes += item.content.bytes
        return Int64(checksum.checksum(bytes.span))
    }

    private static let checksum = CRC32()

    static func sum(_ item: StoredItem) -> Int64 { sum(item, state: Int64(item.state.rawValue)) }

    /// The item in the row that the statement stands on.
    ///
    /// One whose bytes the disk has changed has no content, which means nothing to anybody. Rows of files of
    /// the first format have no checksum, but -1.
    static func item(_ row: SQLiteStatement) -> StoredItem {
        let state = row.integer(1)
        var item = StoredItem(
            number: row.integer(0), state: StoredItem.State(rawValue: Int(state)) ?? .pending,
            due: row.integer(2), mergeKey: ByteString(row.bytes(3)), rule: row.text(4),
            content: ByteString(row.bytes(5)))
        let known = row.integer(6)
        if known == -1 ? item.state.rawValue != Int(state) : known != sum(item, state: state) {
            item.content = ""
        }
        return item
    }
}
