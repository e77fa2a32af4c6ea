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
        var said: Set<String> = []
        while let first = rest.popFirst() {
            let name = first.text.uppercased()
            guard allowed.contains(name) else {
                let expected = allowed.joined(separator: ", ")
                return .failure(Problem(text: "ERR freshet: expected one of \(expected), found '\(first)'"))
            }
            guard let value = rest.popFirst() else {
                return .failure(Problem(text: "ERR freshet: \(name) needs a value"))
            }
            guard said.insert(name).inserted else {
                return .failure(Problem(text: "ERR freshet: \(name) is said twice; keep one"))
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
            guard let milliseconds = DurationText.milliseconds(value.text) else {
                return expected(DurationText.form)
            }
            filter.sinceSeconds = (milliseconds + 999) / 1000
        default:
            guard let limit = value.integer, limit > 0 else { return expected("a number above 0") }
            filter.limit = limit
        }
        return nil
    }
}
