import Bytes
import Invalidation

/// Reads filters of work as verbs write them: `RULE r`, `ERROR text`, `SIDE s`, `SINCE d`, `LIMIT n`,
/// `MATCH pattern`, `STATE s`.
enum WorkFilterParser {
    struct Problem: Error {
        let text: String
    }

    private static let states = ["pending", "delayed", "running", "retrying", "paused", "held"]

    /// Words in pairs; only those of `allowed` are known.
    static func parse(_ words: [ByteString], allowed: [String]) -> Result<WorkFilter, Problem> {
        var filter = WorkFilter()
        var rest = words[...]
        while let first = rest.popFirst() {
            let name = first.text.uppercased()
            guard allowed.contains(name) else {
                let expected = allowed.joined(separator: ", ")
                return .failure(Problem(text: "ERR freshet: expected one of \(expected), found '\(first)'"))
            }
            guard let value = rest.popFirst() else {
                return .failure(Problem(text: "ERR freshet: \(name) needs a value"))
            }
            if let problem = set(name, value, &filter) { return .failure(problem) }
        }
        return .success(filter)
    }

    private static func set(_ name: String, _ value: ByteString, _ filter: inout WorkFilter) -> Problem? {
        func expected(_ what: String) -> Problem {
            Problem(text: "ERR freshet: \(name) expects \(what), found '\(value)'")
        }
        switch name {
        case "RULE": filter.rule = value.text
        case "ERROR": filter.error = value.text
        case "MATCH": filter.match = value
        case "SIDE":
            guard let side = Side(rawValue: value.text.lowercased()) else {
                return expected("primary or fallback")
            }
            filter.side = side
        case "STATE":
            guard states.contains(value.text.lowercased()) else {
                return expected(states.joined(separator: ", "))
            }
            filter.state = value.text.lowercased()
        case "SINCE":
            guard let seconds = seconds(value.text) else {
                return expected("a duration such as 90s, 5m or 2h")
            }
            filter.sinceSeconds = seconds
        default:
            guard let limit = value.integer, limit > 0 else { return expected("a number above 0") }
            filter.limit = limit
        }
        return nil
    }

    private static func seconds(_ text: String) -> Int? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.lowercased().last.flatMap({ units[$0] }), let number = Int(text.dropLast()),
            number >= 0, number < 1_000_000_000
        else { return nil }
        return number * unit
    }
}
