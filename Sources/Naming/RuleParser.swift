import Bytes

/// Reads `NAME on PATTERN invalidate TARGET...` and the clauses behind it, in any order.
struct RuleParser {
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
        let targets = line.targets(filledFrom: pattern, stopAt: ClauseParser.words)
        var parser = ClauseParser(pattern: pattern)
        parser.parse(&line)
        let clauses = parser.clauses
        let links = targets.map { $0.link(on: pattern, origin: origin) }
        return Rule(
            name: name, origin: origin, clauses: clauses, source: pattern, links: links,
            words: words.map(\.text))
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
}
