import Bytes

/// Reads what a rule says behind its targets, and refuses what contradicts itself.
struct ClauseParser {
    /// The words that begin a clause.
    enum Clause: String, CaseIterable {
        case after, debounce, softly, over, rate
        case beforeReply = "before-reply"
        case afterReply = "after-reply"
        case when, unless
    }

    static let words = Clause.allCases.map(\.rawValue)
    /// The longest delay, thirty days: whatever waits longer belongs into a schedule.
    static let longestMilliseconds = 30 * 24 * 3_600_000

    let pattern: Pattern
    private(set) var clauses = RuleClauses()
    private var places: [Clause: Word] = [:]

    init(pattern: Pattern) { self.pattern = pattern }

    /// Takes clauses up to the end of the line.
    mutating func parse(_ line: inout LineReader) {
        while let word = line.next() {
            guard let clause = Clause(rawValue: word.text.text) else {
                let hint = Spelling.suggestion(for: word.text.text, among: Self.words)
                let known = Self.words.dropLast().map { "'\($0)'" }.joined(separator: ", ")
                line.fail(word, "expected \(known) or 'unless', found '\(word.text)'\(hint)")
                return
            }
            if places.updateValue(word, forKey: clause) != nil {
                line.fail(word, "'\(clause.rawValue)' is said twice; keep one")
            }
            take(clause, &line)
        }
        checkContradictions(&line)
    }

    private mutating func take(_ clause: Clause, _ line: inout LineReader) {
        switch clause {
        case .after: clauses.afterMilliseconds = line.duration()
        case .debounce: clauses.debounceMilliseconds = line.duration()
        case .softly: clauses.softlyMilliseconds = line.duration()
        case .over: clauses.overMilliseconds = line.duration()
        case .rate: clauses.rate = line.rate()
        case .beforeReply: clauses.reply = .before
        case .afterReply: clauses.reply = .after
        case .when: clauses.when += conditions(&line)
        case .unless: clauses.unless += conditions(&line)
        }
    }

    private func conditions(_ line: inout LineReader) -> [RuleCondition] {
        var conditions: [RuleCondition] = []
        var parser = ConditionParser(pattern: pattern)
        var count = 0
        while let word = line.peeked, !Self.words.contains(word.text.text) {
            _ = line.next()
            count += 1
            if let condition = parser.condition(word, &line) { conditions.append(condition) }
        }
        if count == 0 { line.expected("a condition: \(ConditionParser.forms)") }
        return parser.zoned(conditions)
    }

    // MARK: Contradictions

    /// Pairs that cannot both be meant, and why.
    private static let contradictions: [(Clause, Clause, String)] = [
        (.beforeReply, .afterReply, "a reply either waits or does not"),
        (.beforeReply, .after, "a reply does not wait for what happens later"),
        (.beforeReply, .debounce, "a reply does not wait for what happens later"),
        (.beforeReply, .rate, "a reply does not wait for a rate"),
        (.beforeReply, .over, "a reply does not wait for what is spread over time"),
        (.beforeReply, .softly, "a reply does not wait for keys to expire"),
        (.after, .debounce, "'debounce' is a delay already"),
        (.softly, .over, "'softly' spreads the misses already"),
    ]

    private func checkContradictions(_ line: inout LineReader) {
        for (first, second, reason) in Self.contradictions {
            guard places[first] != nil, let word = places[second] else { continue }
            line.fail(
                word,
                "'\(second.rawValue)' contradicts '\(first.rawValue)': \(reason); remove one of them")
        }
        for condition in clauses.when where clauses.unless.contains(condition) {
            guard let word = places[.unless] else { continue }
            line.fail(
                word, "'\(condition.text)' is asked for and excluded, so the rule could never fire")
        }
        var seen: Set<String> = []
        for condition in clauses.when {
            guard let word = places[.when], let name = condition.onceName else { continue }
            if !seen.insert(name).inserted {
                line.fail(
                    word, "'\(name)=' is said twice, and both would have to hold; say it once, with commas")
            }
        }
    }
}

extension RuleCondition {
    /// The word of a condition that means nothing when it is asked for twice.
    fileprivate var onceName: String? {
        switch subject {
        case .command, .database, .client, .user: String(text.prefix { $0 != "=" })
        case .time, .days, .exists, .ttl, .size: nil
        }
    }
}

extension LineReader {
    /// Takes a duration with its unit, in milliseconds.
    fileprivate mutating func duration() -> Int? {
        guard let word = next() else {
            expected("a duration, such as '500ms'")
            return nil
        }
        guard let milliseconds = DurationText.milliseconds(word.text.text) else {
            fail(word, "expected \(DurationText.form), found '\(word.text)'")
            return nil
        }
        guard milliseconds > 0, milliseconds <= ClauseParser.longestMilliseconds else {
            fail(word, "expected a duration from 1ms to 30d, found '\(word.text)'")
            return nil
        }
        return milliseconds
    }

    /// Takes a rate such as `20/s`.
    fileprivate mutating func rate() -> RuleClauses.Rate? {
        guard let word = next() else {
            expected("a rate, such as '20/s'")
            return nil
        }
        let parts = word.text.text.split(separator: "/", omittingEmptySubsequences: false)
        let units = ["s": 1000, "m": 60_000, "h": 3_600_000]
        guard parts.count == 2, let count = Quantity.number(parts[0]), (1...1_000_000).contains(count),
            let unit = units[String(parts[1])]
        else {
            fail(
                word,
                "expected a rate such as '20/s', '5/m' or '1/h' of at most 1000000, found '\(word.text)'")
            return nil
        }
        return RuleClauses.Rate(count: count, perMilliseconds: unit)
    }
}

/// Numbers with units, as rules write them.
enum Quantity {
    private static let sizes = ["": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30]

    static func bytes(_ text: String) -> Int? { value(text.lowercased(), sizes) }

    /// A whole number of at most twelve digits.
    static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 12, text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(text)
    }

    private static func value(_ text: String, _ units: [String: Int]) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = number(digits), let unit = units[String(text.dropFirst(digits.count))] else {
            return nil
        }
        let (value, overflowed) = number.multipliedReportingOverflow(by: unit)
        return overflowed ? nil : value
    }
}
