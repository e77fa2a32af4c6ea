public import Bytes

/// What a log knows of one key, and what it cannot know.
public struct KeyHistory {
    private let key: ByteString
    private let limit: Int
    private var told: [String] = []
    private var isNamed = false
    private var records = 0
    private var span: (first: String, last: String)?
    private var gaps = 0

    /// The last `limit` times that the key was named or may have been meant, a line each, and what is to be
    /// said beside them.
    public static func lines(
        path: String, key: ByteString, last limit: Int
    ) throws(AuditError) -> [String] {
        var history = KeyHistory(key: key, limit: max(1, limit))
        let names = RecordEncoder.names(of: key)
        try AuditReader(path: path).forEach { entry in
            history.take(entry, names)
            return true
        }
        return history.told.suffix(history.limit) + history.remarks
    }

    private init(key: ByteString, limit: Int) {
        self.key = key
        self.limit = limit
    }

    private mutating func take(_ entry: AuditEntry, _ names: [ByteString]) {
        records += 1
        span = (span?.first ?? entry.time, entry.time)
        if entry.kind == "gap" { gaps += 1 }
        let isNamed = names.contains(where: entry.concerns)
        let isFlush = entry.kind == "flush"
        guard isNamed || entry.unlisted > 0 || isFlush else { return }
        self.isNamed = self.isNamed || isNamed
        told.append(isFlush && !isNamed ? flushed(entry) : entry.sentence(about: key))
        if told.count >= 2 * limit { told.removeFirst(told.count - limit) }
    }

    private func flushed(_ entry: AuditEntry) -> String {
        let place = entry.database.map { "database \($0)" } ?? "every database"
        let who = entry.actor.map { " by " + Self.safe($0) } ?? ""
        return "\(Self.safe(entry.time)) \(key) went with \(place), if it was there: "
            + "\(Self.safe(entry.command ?? "a flush"))\(who)"
    }

    private var remarks: [String] {
        var remarks: [String] = []
        if !isNamed {
            let when = span.map { " from \(Self.safe($0.first)) to \(Self.safe($0.last))" } ?? ""
            remarks.append("\(key) is named by none of \(records) records\(when)")
            remarks.append(
                "it may have expired, been evicted, been removed by a client itself, or past the proxy")
        }
        if gaps > 0 {
            remarks.append("records are missing in \(gaps) gap\(gaps == 1 ? "" : "s"): it may be named there")
        }
        return remarks
    }

    private static func safe(_ text: String) -> String { ByteString(text).description }
}
