import Bytes

/// What a rule or a schedule invalidates.
enum Target {
    case key(Pattern, SourceLocation)
    /// `pattern:P`: an implicit dependency on the rule's pattern.
    case pattern(Pattern, SourceLocation)
    /// `tag:T`
    case tag(Pattern, SourceLocation)

    func link(on source: Pattern, origin: Origin) -> Link {
        switch self {
        case .key(let pattern, let place), .pattern(let pattern, let place):
            Link(keys: pattern, on: source, location: place, origin: origin)
        case .tag(let template, let place):
            Link(tag: template, on: source, location: place, origin: origin)
        }
    }
}

extension LineReader {
    private static let tagPrefix = "tag:"
    private static let patternPrefix = "pattern:"

    /// Takes targets up to one of `keywords`, at least one.
    mutating func targets(filledFrom pattern: Pattern?, stopAt keywords: [String]) -> [Target] {
        var targets: [Target] = []
        var count = 0
        while let word = peeked, !keywords.contains(word.text.text) {
            if count > 0, let hint = Self.misspelt(word, among: keywords) {
                _ = next()
                fail(word, "expected a target or a clause, found '\(word.text)'; did you mean '\(hint)'?")
                continue
            }
            _ = next()
            count += 1
            if let target = target(word, filledFrom: pattern) { targets.append(target) }
        }
        if count == 0 { expected("a target: a key, 'tag:NAME' or 'pattern:PATTERN'") }
        return targets
    }

    private mutating func target(_ word: Word, filledFrom pattern: Pattern?) -> Target? {
        let text = word.text
        if text.hasPrefix(ByteString(Self.tagPrefix)) {
            let template = template(word, from: Self.tagPrefix.utf8.count, filledFrom: pattern)
            return template.map { .tag($0, word.location) }
        }
        if text.hasPrefix(ByteString(Self.patternPrefix)) {
            let parsed = parse(word, from: Self.patternPrefix.utf8.count, as: .pattern)
            return parsed.map { .pattern($0, word.location) }
        }
        let hint = Self.prefixHint(word)
        let before = diagnostics.count
        let key = template(word, filledFrom: pattern)
        if diagnostics.count > before {
            let wildcard = text.bytes.contains(ASCII.asterisk)
            diagnostics[before].message += hint ?? (wildcard ? "; did you mean 'pattern:\(text)'?" : "")
        } else if let hint {
            diagnostics.append(.warning(word.location, "'\(text)' is taken as a key\(hint)"))
        }
        return key.map { .key($0, word.location) }
    }

    /// A clause's keyword that a word without any structure of a key is one edit away from.
    private static func misspelt(_ word: Word, among keywords: [String]) -> String? {
        keywords.first { ($0.utf8.count > 4 || $0 == "when") && Spelling.distance(word.text.text, $0) == 1 }
    }

    /// A hint when the word starts with something one edit away from `tag:` or `pattern:`.
    private static func prefixHint(_ word: Word) -> String? {
        let head = String(word.text.text.prefix { $0 != ":" })
        guard head.utf8.count < word.text.count else { return nil }
        let near = ["tag", "pattern"].first {
            head == $0 + "s" || $0.utf8.count > 3 && Spelling.distance(head, $0) < 3
        }
        let swapped = Spelling.distance(head, "tag") == 1 && head.utf8.sorted() == "tag".utf8.sorted()
        return (near ?? (swapped ? "tag" : nil)).map { "; did you mean '\($0):'?" }
    }
}
