public import Bytes

/// A pattern of key names that somebody asks about: in the language of proxy.conf.
public struct KeyPattern: Sendable {
    /// Why a text is no pattern.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let pattern: Pattern

    init(pattern: Pattern) { self.pattern = pattern }

    /// Reads `text` with the separator of `conventions`.
    public init(_ text: ByteString, _ conventions: Conventions) throws(Problem) {
        let location = SourceLocation(file: "", line: 1, column: 1, length: text.count)
        let word = Word(text: text, location: location)
        switch PatternParser.parse(word, as: .pattern, separator: conventions.separator) {
        case .success(let pattern): self.pattern = pattern
        case .failure(let diagnostic): throw Problem(description: diagnostic.message)
        }
    }

    /// Whether it demands no byte of its own, so that it matches every key, or every key of so many segments.
    public var isBroad: Bool { !pattern.hasLiteral }

    public func matches(_ key: ByteString) -> Bool { pattern.match(key.span) != nil }

    /// A glob of Redis's that matches no less.
    public var glob: ByteString {
        var glob: [UInt8] = []
        for byte in pattern.literalPrefix {
            if [0x2a, 0x3f, 0x5b, 0x5c, 0x5d].contains(byte) { glob.append(0x5c) }
            glob.append(byte)
        }
        let isWhole = !pattern.hasRest && pattern.literalPrefix.count == pattern.symbols.count
        return ByteString(isWhole ? glob : glob + [0x2a])
    }

    var text: String { pattern.text }
}

extension Conventions {
    /// The index set that every key of `pattern` is recorded in; nil where there is none.
    ///
    /// That is so where a line records exactly this pattern under a name without captures.
    public func indexSet(ofAll pattern: KeyPattern) -> ByteString? {
        for tag in tags where tag.isRecorded && tag.pattern.text == pattern.text {
            if tag.template.captures.isEmpty { return IndexKey.members(of: ByteString(tag.template.text)) }
        }
        return nil
    }
}
