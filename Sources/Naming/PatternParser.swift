import Bytes

/// Reads one pattern or template, byte by byte, and says precisely what is wrong with it.
struct PatternParser {
    /// What a word is allowed to contain.
    enum Form {
        /// Captures and wildcards, to be matched with keys.
        case pattern
        /// Captures only, to be filled in.
        case template
    }

    static let maxBytes = 1024
    static let maxSegments = 64

    private let word: Word
    private let bytes: [UInt8]
    private let form: Form
    private let separator: UInt8
    private var position: Int
    private var segments: [[Atom]] = [[]]
    private var hasRest = false
    private var captures: [String] = []
    private var captureOffsets: [Int] = []
    /// Where the latest wild atom of the segment stands.
    private var wildStart = 0

    /// Parses `word` from byte `start` on (what stands before is a target's `tag:` or `pattern:`).
    static func parse(
        _ word: Word, from start: Int = 0, as form: Form, separator: UInt8
    ) -> Result<Pattern, Diagnostic> {
        var parser = PatternParser(word: word, start: start, form: form, separator: separator)
        do throws(Diagnostic) {
            return .success(try parser.run(from: start))
        } catch {
            return .failure(error)
        }
    }

    private init(word: Word, start: Int, form: Form, separator: UInt8) {
        self.word = word
        self.form = form
        self.separator = separator
        bytes = word.text.bytes
        position = start
    }

    private mutating func run(from start: Int) throws(Diagnostic) -> Pattern {
        let what = form == .pattern ? "pattern" : "template"
        if start >= bytes.count { throw fault(start, 1, "expected a \(what), found an empty word") }
        if bytes.count - start > Self.maxBytes {
            throw fault(
                start, bytes.count - start,
                "this \(what) has \(bytes.count - start) bytes; at most \(Self.maxBytes) are allowed")
        }
        while position < bytes.count { try step() }
        if segments.count > Self.maxSegments {
            throw fault(
                start, bytes.count - start,
                "this \(what) has \(segments.count) segments; at most \(Self.maxSegments) are allowed")
        }
        if hasRest { segments.removeLast() }
        return Pattern(
            text: String(decoding: bytes[start...], as: UTF8.self), separator: separator, segments: segments,
            hasRest: hasRest, captures: captures, captureOffsets: captureOffsets)
    }

    private mutating func step() throws(Diagnostic) {
        if hasRest { throw fault(position - 2, 2, "'**' must stand alone as the last segment") }
        switch bytes[position] {
        case separator:
            segments.append([])
            position += 1
        case 0x5c: try escape()
        case 0x7b: try capture()
        case 0x7d: throw fault(position, 1, "'}' closes nothing; write '\\}' for a literal brace")
        case ASCII.asterisk: try wildcard()
        default:
            append(bytes[position])
            position += 1
        }
    }

    private mutating func append(_ byte: UInt8) {
        let segment = segments.count - 1
        if case .literal(let literal) = segments[segment].last {
            segments[segment][segments[segment].count - 1] = .literal(literal + [byte])
        } else {
            segments[segment].append(.literal([byte]))
        }
    }

    private mutating func escape() throws(Diagnostic) {
        guard position + 1 < bytes.count else {
            throw fault(position, 1, "'\\' at the end escapes nothing; write '\\\\' for a literal backslash")
        }
        let escaped = bytes[position + 1]
        guard [0x7b, 0x7d, ASCII.asterisk, 0x5c].contains(escaped) else {
            let found = ByteString([escaped]).description
            throw fault(
                position, 2, "'\\\(found)' is not an escape; '\\' goes before '{', '}', '*' or '\\' only")
        }
        append(escaped)
        position += 2
    }

    private mutating func capture() throws(Diagnostic) {
        let start = position
        guard let end = bytes[start...].firstIndex(of: 0x7d) else {
            throw fault(start, 1, "'{' is never closed; write '{name}', or '\\{' for a literal brace")
        }
        let name = bytes[(start + 1)..<end]
        let written = ByteString(Array(bytes[start...end])).text
        if name.isEmpty { throw fault(start, 2, "'{}' has no name; write '{name}', or '*' to bind nothing") }
        guard Self.isName(name) else {
            throw fault(
                start, end + 1 - start,
                "'\(written)' is not a capture; a name has letters, digits and '_', and starts with no digit")
        }
        let text = String(decoding: name, as: UTF8.self)
        let number = captures.firstIndex(of: text) ?? captures.count
        if number == captures.count {
            captures.append(text)
            captureOffsets.append(start)
        } else if form == .pattern, segments[segments.count - 1].contains(.capture(number)) {
            throw fault(
                start, end + 1 - start,
                "'\(written)' occurs twice in one segment; give the second its own name")
        }
        position = end + 1
        try appendWild(.capture(number), from: start)
    }

    private mutating func wildcard() throws(Diagnostic) {
        let start = position
        let isDouble = start + 1 < bytes.count && bytes[start + 1] == ASCII.asterisk
        if form == .template {
            throw fault(
                start, isDouble ? 2 : 1,
                "'\(isDouble ? "**" : "*")' cannot be filled in; a template has literals and captures, "
                    + "and '\\*' is a literal asterisk")
        }
        if isDouble {
            guard segments[segments.count - 1].isEmpty else {
                throw fault(start, 2, "'**' must stand alone as the last segment")
            }
            hasRest = true
            position += 2
        } else {
            position += 1
            try appendWild(.any, from: start)
        }
    }

    /// Two unknowns side by side have no boundary: nothing in a key says where one ends.
    private mutating func appendWild(_ atom: Atom, from start: Int) throws(Diagnostic) {
        let segment = segments.count - 1
        if form == .pattern, segments[segment].last?.isWild == true {
            let left = ByteString(Array(bytes[wildStart..<start])).text
            let right = ByteString(Array(bytes[start..<position])).text
            throw fault(
                wildStart, position - wildStart,
                "nothing says where '\(left)' ends and '\(right)' begins; put a literal between them")
        }
        wildStart = start
        segments[segment].append(atom)
    }

    static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, !(0x30...0x39).contains(first) else { return false }
        return bytes.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(ASCII.uppercased(byte)) || byte == 0x5f
        }
    }

    private func fault(_ offset: Int, _ length: Int, _ message: String) -> Diagnostic {
        .error(word.location(at: offset, length: length), message)
    }
}
