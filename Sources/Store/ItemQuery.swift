import Bytes

/// A query as SQL, and the values of its places.
///
/// In the order of due times there is one part for each state, which reads the index from its place on and
/// stops at the limit: no part sorts, however many items there are.
enum ItemQuery {
    enum Value { case number(Int64), bytes([UInt8]) }

    static func text(_ query: ItemStore.Query) -> String {
        switch query.order {
        case .number:
            let states = states(query).map(String.init).joined(separator: ", ")
            return "SELECT \(ItemFile.columns) FROM item WHERE state IN (\(states))\(conditions(query)) "
                + "ORDER BY number LIMIT ?"
        case .due:
            let parts = states(query).map { state in
                "SELECT * FROM (SELECT \(ItemFile.columns) FROM item WHERE state = \(state)"
                    + "\(conditions(query)) ORDER BY due, number LIMIT ?)"
            }
            return "SELECT * FROM (\(parts.joined(separator: " UNION ALL "))) ORDER BY due, number LIMIT ?"
        }
    }

    private static func states(_ query: ItemStore.Query) -> [Int] { query.states.map(\.rawValue).sorted() }

    private static func conditions(_ query: ItemStore.Query) -> String {
        var text = ""
        if query.after != nil {
            text += query.order == .number ? " AND number > ?" : " AND (due, number) > (?, ?)"
        }
        if query.dueBefore != nil { text += " AND due <= ?" }
        if query.rule != nil { text += " AND rule = ?" }
        if query.mergeKey != nil { text += " AND length(merge) > 0 AND merge = ?" }
        return text
    }

    static func values(_ query: ItemStore.Query) -> [Value] {
        var values: [Value] = []
        if let after = query.after {
            if query.order == .due { values.append(.number(after.due)) }
            values.append(.number(after.number))
        }
        if let due = query.dueBefore { values.append(.number(due)) }
        if let rule = query.rule { values.append(.bytes(Array(rule.utf8))) }
        if let key = query.mergeKey { values.append(.bytes(key.bytes)) }
        values.append(.number(Int64(query.limit)))
        guard query.order == .due else { return values }
        return Array(repeatElement(values, count: query.states.count).joined())
            + [.number(Int64(query.limit))]
    }
}
