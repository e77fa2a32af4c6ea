import Bytes

/// What a rule can say behind its targets, and what to do while no engine is there to carry it out.
enum RuleClause: String, CaseIterable {
    case after, softly, when, unless

    var advice: String {
        switch self {
        case .after: "remove it to invalidate at once"
        case .softly: "remove it to delete instead of shortening the expiry"
        case .when, .unless: "remove it to invalidate on every mutation"
        }
    }

    var refusal: String { "'\(rawValue)' is not available in this version: \(advice)" }
}

/// Reads `NAME on PATTERN invalidate TARGET... [after D] [softly D] [when CONDITION...] [unless
/// CONDITION...]`.
struct RuleParser {
    struct Rule {
        var name: String
        var links: [Link]
    }

    private let words: [Word]
    private let place: SourceLocation
    private var line: LineReader

    init(_ words: [Word], at place: SourceLocation, separator: UInt8) {
        self.words = words
        self.place = place
        line = LineReader(words, directive: "rule", at: place, separator: separator)
    }

    var diagnostics: [Diagnostic] { line.diagnostics }
    var isSound: Bool { line.isSound }

    /// The rule as far as it could be read; nil when nothing behind an error makes sense.
    mutating func rule() -> Rule? {
        guard let name = line.ruleName() else { return nil }
        guard line.keyword("on", "after the rule's name") else { return nil }
        guard let pattern = line.pattern("the pattern of keys whose mutation fires the rule") else {
            return nil
        }
        guard line.keyword("invalidate", "after the rule's pattern") else { return nil }
        let origin = Origin(.rule, words, at: place, ruleName: name)
        var links: [Link] = []
        for target in line.targets(filledFrom: pattern, stopAt: RuleClause.allCases.map(\.rawValue)) {
            links.append(target.link(on: pattern, origin: origin))
        }
        while let word = line.next() { clause(word) }
        return Rule(name: name, links: links)
    }

    private mutating func clause(_ word: Word) {
        let clauses = RuleClause.allCases.map(\.rawValue)
        guard let clause = RuleClause(rawValue: word.text.text) else {
            let hint = Spelling.suggestion(for: word.text.text, among: clauses)
            let known = "'after', 'softly', 'when' or 'unless'"
            line.fail(word, "expected \(known), found '\(word.text)'\(hint)")
            return
        }
        let before = line.diagnostics.count
        switch clause {
        case .after, .softly: line.duration()
        case .when, .unless: line.conditions(stopAt: clauses)
        }
        if line.diagnostics.count == before { line.fail(word, clause.refusal) }
    }
}

extension LineReader {
    /// Takes the name of a rule or schedule.
    mutating func ruleName() -> String? {
        guard let word = next() else {
            expected("a name")
            return nil
        }
        let isName = word.text.bytes.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(ASCII.uppercased(byte))
                || byte == 0x5f || byte == ASCII.minus || byte == 0x2e
        }
        guard isName, !word.text.isEmpty, word.text.count <= 64 else {
            fail(word, "'\(word.text)' is not a name; use up to 64 letters, digits, '_', '-' and '.'")
            return nil
        }
        return word.text.text
    }

    /// Checks a duration with its unit.
    fileprivate mutating func duration() {
        guard let word = next() else {
            expected("a duration, such as '500ms'")
            return
        }
        let digits = word.text.bytes.prefix { (0x30...0x39).contains($0) }
        let unit = String(decoding: word.text.bytes[digits.count...], as: UTF8.self)
        let isNumber = !digits.isEmpty && digits.count <= 12
        if !isNumber || !["ms", "s", "m", "h"].contains(unit) {
            fail(
                word,
                "expected a duration with its unit (ms, s, m or h), such as '500ms', found '\(word.text)'")
        }
    }

    /// Checks `command=NAME,...` and `exists KEY` up to the next clause.
    fileprivate mutating func conditions(stopAt clauses: [String]) {
        var count = 0
        while let word = peeked, !clauses.contains(word.text.text) {
            _ = next()
            count += 1
            let text = word.text.text
            if text == "exists" {
                guard let key = next() else { return expected("a key") }
                _ = parse(key, as: .template)
            } else if !text.hasPrefix("command=") || !Self.isCommandList(text.dropFirst(8)) {
                let head = String(text.prefix { $0 != "=" })
                let hint = Spelling.suggestion(for: head, among: ["command", "exists"])
                fail(word, "expected 'command=NAME,...' or 'exists KEY', found '\(word.text)'\(hint)")
            }
        }
        if count == 0 { expected("'command=NAME,...' or 'exists KEY'") }
    }

    private static func isCommandList(_ text: Substring) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { name in
            !name.isEmpty
                && name.utf8.allSatisfy { (0x41...0x5a).contains(ASCII.uppercased($0)) || $0 == 0x2e }
        }
    }
}
