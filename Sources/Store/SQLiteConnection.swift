import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What SQLite could not do.
struct SQLiteError: Error, CustomStringConvertible {
    /// SQLite's extended result code.
    let code: Int32
    let description: String
    /// How many items the file had when it was whole; nil where nobody knows.
    var expectedItems: Int?

    init(code: Int32, _ message: String) {
        self.code = code
        description = message
    }

    /// Whether the file itself is bad, so that trying again cannot help.
    var isDamage: Bool {
        switch code & 0xff {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT, SQLITE_SCHEMA, SQLITE_ERROR, SQLITE_MISMATCH,
            SQLITE_CONSTRAINT:
            true
        default: false
        }
    }

    /// Whether one operation is bad, and the file is not.
    var isRefusal: Bool { code & 0xff == SQLITE_TOOBIG }
}

/// A connection to an SQLite file, used by one thread.
@safe final class SQLiteConnection {
    private var handle: OpaquePointer?
    private var statements: [String: SQLiteStatement] = [:]

    /// Opens the file, which need not exist.
    init(path: String) throws(SQLiteError) {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = unsafe sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK else {
            let error = failure(code)
            close()
            throw error
        }
        unsafe sqlite3_extended_result_codes(handle, 1)
        unsafe sqlite3_busy_timeout(handle, 2000)
    }

    deinit { close() }

    func close() {
        statements = [:]
        unsafe sqlite3_close_v2(handle)
        unsafe handle = nil
    }

    /// Runs statements that return nothing of interest.
    func execute(_ text: String) throws(SQLiteError) {
        let code = unsafe sqlite3_exec(handle, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// The compiled statement, kept for the next time; it is reset, and bound to nothing.
    func statement(_ text: String) throws(SQLiteError) -> SQLiteStatement {
        if let known = statements[text] {
            known.reset()
            return known
        }
        var compiled: OpaquePointer?
        let code = unsafe sqlite3_prepare_v2(handle, text, -1, &compiled, nil)
        guard code == SQLITE_OK, let found = unsafe compiled else { throw failure(code) }
        let statement = unsafe SQLiteStatement(found, of: self)
        if statements.count < 64 { statements[text] = statement }
        return statement
    }

    /// The only value of the only row.
    func integer(_ text: String) throws(SQLiteError) -> Int64 {
        let statement = try statement(text)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }

    /// How many rows the last statement has inserted, changed or removed.
    var changes: Int { unsafe Int(sqlite3_changes(handle)) }

    /// Whether the write-ahead log stays as it is when the connection is closed.
    var keepsLog = false {
        didSet {
            var value: Int32 = keepsLog ? 1 : 0
            unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &value)
        }
    }

    /// Whether a transaction is open.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    func failure(_ code: Int32) -> SQLiteError {
        let text = unsafe handle.map { unsafe String(cString: sqlite3_errmsg($0)) } ?? "no memory is left"
        let system = unsafe handle.map { unsafe sqlite3_system_errno($0) } ?? 0
        let known = unsafe system == 0 ? "" : ": \(String(cString: strerror(system)))"
        return SQLiteError(code: code, "\(text)\(known) (SQLite's code \(code))")
    }
}

/// A compiled statement of one connection.
@safe final class SQLiteStatement {
    private let handle: OpaquePointer
    private unowned let connection: SQLiteConnection

    init(_ handle: OpaquePointer, of connection: SQLiteConnection) {
        unsafe self.handle = handle
        self.connection = connection
    }

    deinit { unsafe sqlite3_finalize(handle) }

    func bind(_ place: Int32, _ number: Int64) {
        unsafe sqlite3_bind_int64(handle, place, number)
    }

    /// Binds a copy of the bytes.
    func bind(_ place: Int32, _ bytes: [UInt8]) {
        guard !bytes.isEmpty else {
            unsafe sqlite3_bind_zeroblob(handle, place, 0)
            return
        }
        let copies = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        unsafe sqlite3_bind_blob64(handle, place, bytes, UInt64(bytes.count), copies)
    }

    /// Goes on to the next row; false after the last.
    func step() throws(SQLiteError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = connection.failure(code)
            reset()
            throw error
        }
    }

    func reset() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    func bytes(_ column: Int32) -> [UInt8] {
        let count = unsafe Int(sqlite3_column_bytes(handle, column))
        guard count > 0, let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
}
