public import Bytes

/// Reads the records of a log, oldest first, over all its files.
public struct AuditReader: Sendable {
    /// Which records are wanted; nil leaves a field out of account.
    public struct Filter: Sendable {
        /// Named as mutated or as reached.
        public var key: ByteString?
        /// Found anywhere in the line as written: a tag, a pattern, an address.
        public var text: String?
        public var kind: String?

        public init(key: ByteString? = nil, text: String? = nil, kind: String? = nil) {
            self.key = key
            self.text = text
            self.kind = kind
        }

        public func accepts(_ entry: AuditEntry) -> Bool {
            if let key, !RecordEncoder.names(of: key).contains(where: entry.concerns) { return false }
            if let kind, entry.kind != kind { return false }
            if let text { return ByteSearch.contains(entry.text, text) }
            return true
        }
    }

    private let paths: [String]
    private let path: String

    /// Reads a live file with what was rotated away from it, a rotated file alone, or a directory's logs.
    public init(path: String) {
        self.path = path
        paths = AuditPaths.files(path).flatMap { $0 }
    }

    /// Calls `body` with each record that the filter accepts, until it returns false.
    ///
    /// Lines that are not records are passed over; `AuditVerifier` finds those.
    public func forEach(_ filter: Filter = Filter(), _ body: (AuditEntry) -> Bool) throws(AuditError) {
        guard !paths.isEmpty else {
            throw AuditError("find", path, number: 0, detail: "no audit file is in that folder")
        }
        for path in paths {
            guard let reader = SegmentReader(path: path) else { throw AuditError("open", path) }
            while let line = reader.next() {
                guard let entry = AuditEntry(line: line), filter.accepts(entry) else { continue }
                if !body(entry) { return }
            }
        }
    }

    /// The last `limit` records that the filter accepts, oldest first.
    public func last(_ limit: Int, _ filter: Filter = Filter()) throws(AuditError) -> [AuditEntry] {
        var entries: [AuditEntry] = []
        try forEach(filter) { entry in
            entries.append(entry)
            if entries.count >= 2 * limit { entries.removeFirst(entries.count - limit) }
            return true
        }
        return Array(entries.suffix(limit))
    }
}
