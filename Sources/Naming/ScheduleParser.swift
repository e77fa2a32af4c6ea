import Bytes

/// Reads `NAME "MINUTE HOUR DAY MONTH WEEKDAY" invalidate TARGET...`.
struct ScheduleParser {
    /// The fields of a cron expression, in order.
    private static let fields: [(name: String, range: ClosedRange<Int>)] = [
        ("minute", 0...59), ("hour", 0...23), ("day of month", 1...31), ("month", 1...12),
        ("day of week", 0...7),
    ]

    private let words: [Word]
    private let place: SourceLocation
    private var line: LineReader

    init(_ words: [Word], at place: SourceLocation, separator: UInt8) {
        self.words = words
        self.place = place
        line = LineReader(words, directive: "schedule", at: place, separator: separator)
    }

    /// What is wrong with the line; when nothing is, that schedules are not available.
    mutating func run() -> [Diagnostic] {
        guard line.ruleName() != nil else { return line.diagnostics }
        guard let cron = line.next() else {
            line.expected("a cron expression, such as \"0 3 * * *\"")
            return line.diagnostics
        }
        check(cron)
        guard line.keyword("invalidate", "after the cron expression") else { return line.diagnostics }
        let nothing = try? PatternParser.parse(
            Word(text: "x", location: .unknown), as: .pattern, separator: line.separator
        ).get()
        _ = line.targets(filledFrom: nothing, stopAt: [])
        if line.isSound, let name = words.first {
            let location = place == .unknown ? name.location : place
            let message =
                "'schedule' is not available in this version: let cron call 'freshet invalidate'"
            line.diagnostics.append(.error(location, message))
        }
        return line.diagnostics
    }

    private mutating func check(_ cron: Word) {
        let parts = cron.text.text.split(separator: " ")
        guard parts.count == Self.fields.count else {
            let found = "found \(parts.count) in '\(cron.text)'"
            line.fail(cron, "expected five fields (minute, hour, day of month, month, day of week), \(found)")
            return
        }
        for (part, field) in zip(parts, Self.fields) where !Self.isField(part, field.range) {
            let range = "\(field.range.lowerBound) to \(field.range.upperBound)"
            line.fail(
                cron, "expected a \(field.name) of \(range), '*', a list, a range or a step, found '\(part)'")
        }
    }

    /// Whether `text` is a list of `*`, `N`, `N-M`, each with an optional `/STEP`.
    private static func isField(_ text: Substring, _ range: ClosedRange<Int>) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { item in
            let halves = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            if halves.count == 2, (number(halves[1]) ?? 0) < 1 { return false }
            if halves[0] == "*" { return true }
            let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(
                number)
            guard let first = ends[0], let last = ends[ends.count - 1] else { return false }
            return range.contains(first) && range.contains(last) && first <= last
        }
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
}
