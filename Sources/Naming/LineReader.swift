import Bytes

/// Takes the words of one line in turn, and notes what is wrong with them.
struct LineReader {
    let separator: UInt8
    private let words: [Word]
    private let directive: String
    private let place: SourceLocation
    private var position = 0
    var diagnostics: [Diagnostic] = []

    init(_ words: [Word], directive: String, at place: SourceLocation, separator: UInt8) {
        self.words = words
        self.directive = directive
        self.place = place
        self.separator = separator
    }

    var isAtEnd: Bool { position >= words.count }
    var isSound: Bool { diagnostics.allSatisfy { $0.severity != .error } }
    var peeked: Word? { isAtEnd ? nil : words[position] }

    mutating func next() -> Word? {
        guard !isAtEnd else { return nil }
        defer { position += 1 }
        return words[position]
    }

    mutating func fail(_ word: Word, _ message: String) {
        diagnostics.append(.error(word.location, message))
    }

    /// Notes that the line ended where `what` was due.
    mutating func expected(_ what: String) {
        let behind = position == 0 ? "'\(directive)'" : "'\(words[position - 1].text)'"
        let location = position == 0 ? place : words[position - 1].location.following
        diagnostics.append(.error(location, "expected \(what) after \(behind), found the end of the line"))
    }

    /// Takes the word `keyword`, or notes what stands there instead.
    mutating func keyword(_ keyword: String, _ context: String) -> Bool {
        guard let word = next() else {
            expected("'\(keyword)'")
            return false
        }
        let text = word.text.text
        if text == keyword { return true }
        let hint = Spelling.suggestion(for: text, among: [keyword])
        fail(word, "expected '\(keyword)' \(context), found '\(word.text)'\(hint)")
        return false
    }

    /// Takes a word as a pattern, called `what` when it is missing.
    mutating func pattern(_ what: String) -> Pattern? {
        guard let word = next() else {
            expected(what)
            return nil
        }
        return parse(word, as: .pattern)
    }

    mutating func parse(_ word: Word, from start: Int = 0, as form: PatternParser.Form) -> Pattern? {
        switch PatternParser.parse(word, from: start, as: form, separator: separator) {
        case .success(let pattern): return pattern
        case .failure(let diagnostic):
            diagnostics.append(diagnostic)
            return nil
        }
    }

    /// Parses `word` as a template all of whose captures `pattern` binds.
    mutating func template(_ word: Word, from start: Int = 0, filledFrom pattern: Pattern?) -> Pattern? {
        guard let template = parse(word, from: start, as: .template) else { return nil }
        guard let pattern else { return template }
        var isBound = true
        for (name, offset) in zip(template.captures, template.captureOffsets)
        where pattern.number(of: name) == nil {
            isBound = false
            let binds = pattern.captures.map { "{\($0)}" }.joined(separator: ", ")
            let message =
                "'{\(name)}' is used but the pattern binds \(binds.isEmpty ? "nothing" : "only " + binds)"
            diagnostics.append(.error(word.location(at: offset, length: name.utf8.count + 2), message))
        }
        return isBound ? template : nil
    }
}
