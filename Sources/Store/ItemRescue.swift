/// Copies what can still be read of a damaged file into a new one.
///
/// Rows are read by number. Where a page cannot be read, the walk goes on behind it: it tries ever longer
/// steps until a row answers again, so that one bad page costs the rows on it and a few more.
struct ItemRescue {
    /// Rows read and written at once.
    private static let batch = 500
    /// Attempts to get past bad pages before the rest is given up.
    private static let mostSkips = 10_000

    private let source: SQLiteConnection
    private let target: ItemFile
    private let columns: String
    private var rescued = 0

    /// Returns how many items were copied; none when nothing of the file can be read.
    static func run(from path: String, into target: ItemFile) throws(SQLiteError) -> Int {
        let source: SQLiteConnection
        let columns: String
        do throws(SQLiteError) {
            source = try SQLiteConnection(path: path)
            source.keepsLog = true
            guard let found = Self.columns(of: try source.integer("PRAGMA user_version")) else { return 0 }
            columns = found
        } catch { return 0 }
        var rescue = ItemRescue(source: source, target: target, columns: columns)
        try rescue.walk()
        source.close()
        return rescue.rescued
    }

    private init(source: SQLiteConnection, target: ItemFile, columns: String) {
        self.source = source
        self.target = target
        self.columns = columns
    }

    private static func columns(of version: Int64) -> String? {
        switch Int(version) {
        case ItemFile.formatVersion: ItemFile.columns
        case ItemFile.unsummedVersion: ItemFile.unsummedColumns
        default: nil
        }
    }

    private mutating func walk() throws(SQLiteError) {
        var after = Int64.min
        var step: Int64 = 1
        var skips = 0
        while skips < Self.mostSkips {
            let (items, isDamaged) = read(after: after)
            if !items.isEmpty {
                try keep(items)
                step = 1
            }
            let last = items.last?.number ?? after
            guard isDamaged else {
                if items.count < Self.batch { return }
                after = last
                continue
            }
            skips += 1
            let (next, isBeyond) = max(last, 0).addingReportingOverflow(step)
            if isBeyond { return }
            after = next
            step = step.multipliedReportingOverflow(by: 2).partialValue
            if step <= 0 { return }
        }
    }

    /// The next items, up to the first that cannot be read.
    private func read(after: Int64) -> (items: [StoredItem], isDamaged: Bool) {
        var items: [StoredItem] = []
        do throws(SQLiteError) {
            let row = try source.statement(
                "SELECT \(columns) FROM item WHERE number > ? ORDER BY number LIMIT ?")
            defer { row.reset() }
            row.bind(1, after)
            row.bind(2, Int64(Self.batch))
            while try row.step() { items.append(ItemFile.item(row)) }
            return (items, false)
        } catch {
            return (items, true)
        }
    }

    private mutating func keep(_ items: [StoredItem]) throws(SQLiteError) {
        try target.transaction { () throws(SQLiteError) in
            for item in items { try target.put(item) }
        }
        rescued += items.count
    }
}
