/// Work of the engine as lines for a terminal.
public enum QueueTable {
    private static let columns = ["id", "age", "state", "done/total", "rate", "eta", "what"]

    /// One line a piece, below a line of headings.
    public static func lines(_ entries: [AdminValue]) -> [String] {
        let rows = [columns] + entries.map(row)
        let widths = columns.indices.dropLast().map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let padded = widths.indices.map { column in
                row[column] + String(repeating: " ", count: widths[column] - row[column].count)
            }
            return (padded + [row[columns.count - 1]]).joined(separator: "  ")
        }
    }

    private static func row(_ entry: AdminValue) -> [String] {
        let total = entry["total"]
        var what = entry["what"]
        if !entry["rule"].isEmpty { what += " (rule \(entry["rule"]))" }
        if entry["side"] != "primary" { what += " (\(entry["side"]))" }
        if !entry["held-by"].isEmpty { what += " (held by \(entry["held-by"]))" }
        if !entry["error"].isEmpty { what += ": \(entry["error"])" }
        return [
            entry["id"], seconds(entry["age"]), entry["state"],
            "\(entry["done"])/\(total.isEmpty ? "?" : total)",
            entry["rate"].isEmpty ? "" : "\(entry["rate"])/s", seconds(entry["eta"]), what,
        ]
    }

    private static func seconds(_ text: String) -> String { text.isEmpty ? "" : "\(text)s" }

    /// One line about a piece that runs: a bar where the end is known, rate, and time left.
    public static func progress(_ entry: AdminValue, width: Int = 30) -> String {
        let done = Int(entry["done"]) ?? 0
        let rate = entry["rate"].isEmpty ? "" : "  \(entry["rate"]) keys/s"
        guard let total = Int(entry["total"]), total > 0 else {
            return "#\(entry["id"]) \(entry["state"])  \(done) keys\(rate)  \(entry["what"])"
        }
        let full = min(width, done * width / total)
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
        let eta = entry["eta"].isEmpty ? "" : "  \(entry["eta"])s left"
        return "#\(entry["id"]) [\(bar)] \(min(100, done * 100 / total))%  \(done)/\(total)\(rate)\(eta)  "
            + entry["what"]
    }
}
