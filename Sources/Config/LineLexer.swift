import Bytes
import Naming

/// Splits one line of proxy.conf into words by redis.conf's quoting.
///
/// `"..."` knows `\n \r \t \b \a \" \\ \xHH`, `'...'` only `\'`; quotes may begin inside a word, and after
/// them the word must end. `#` begins a comment where a word could begin. `${VAR}` is replaced outside quotes
/// and inside double ones, and what it brings is data: it is never split or read for quotes again.
struct LineLexer {
    /// The longest line, without its line end.
    static let longestLineByteCount = 64 << 10

    private let bytes: ArraySlice<UInt8>
    private let file: String
    private let line: Int
    private let environment: [String: String]?
    private var position: Int

    /// Without an environment `${` is plain text.
    init(_ bytes: ArraySlice<UInt8>, file: String, line: Int, environment: [String: String]?) {
        self.bytes = bytes
        self.file = file
        self.line = line
        self.environment = environment
        position = bytes.startIndex
    }

    /// The words of the line; the first thing that is wrong ends it.
    mutating func words() throws(Diagnostic) -> [Word] {
        guard bytes.count <= Self.longestLineByteCount else {
            throw .error(
                "expected a line of at most 64 KiB, found \(bytes.count) bytes",
                at: location(from: bytes.startIndex, length: 1))
        }
        var words: [Word] = []
        while let start = skipToWord() {
            let text = try word()
            words.append(
                Word(text: ByteString(text), location: location(from: start, length: position - start)))
        }
        try checkText(from: position)
        return words
    }

    /// Where the next word starts; nil at the end of the line or at a comment.
    private mutating func skipToWord() -> Int? {
        while position < bytes.endIndex, isSpace(bytes[position]) { position += 1 }
        return position < bytes.endIndex && bytes[position] != 0x23 ? position : nil
    }

    private mutating func word() throws(Diagnostic) -> [UInt8] {
        var text: [UInt8] = []
        while position < bytes.endIndex, !isSpace(bytes[position]) {
            switch bytes[position] {
            case 0x22:
                try doubleQuoted(into: &text)
                return text
            case 0x27:
                try singleQuoted(into: &text)
                return text
            case ASCII.dollar where isVariable:
                try substitute(into: &text)
            default:
                try plainScalar(into: &text)
            }
        }
        return text
    }

    private mutating func doubleQuoted(into text: inout [UInt8]) throws(Diagnostic) {
        let start = position
        position += 1
        while position < bytes.endIndex {
            switch bytes[position] {
            case 0x22:
                return try closeQuote()
            case 0x5c where position + 1 < bytes.endIndex:
                escape(into: &text)
            case ASCII.dollar where isVariable:
                try substitute(into: &text)
            default:
                text.append(bytes[position])
                position += 1
            }
        }
        throw .error("expected a closing \" before the end of the line", at: location(from: start, length: 1))
    }

    private mutating func escape(into text: inout [UInt8]) {
        let escaped = bytes[position + 1]
        if escaped == 0x78, position + 3 < bytes.endIndex,
            let byte = Hexadecimal.byte(bytes[position + 2], bytes[position + 3])
        {
            text.append(byte)
            position += 4
            return
        }
        switch escaped {
        case 0x6e: text.append(ASCII.lineFeed)
        case 0x72: text.append(ASCII.carriageReturn)
        case 0x74: text.append(ASCII.tab)
        case 0x62: text.append(0x08)
        case 0x61: text.append(0x07)
        default: text.append(escaped)
        }
        position += 2
    }

    private mutating func singleQuoted(into text: inout [UInt8]) throws(Diagnostic) {
        let start = position
        position += 1
        while position < bytes.endIndex {
            if bytes[position] == 0x27 { return try closeQuote() }
            if bytes[position] == 0x5c, position + 1 < bytes.endIndex, bytes[position + 1] == 0x27 {
                position += 1
            }
            text.append(bytes[position])
            position += 1
        }
        throw .error("expected a closing ' before the end of the line", at: location(from: start, length: 1))
    }

    private mutating func closeQuote() throws(Diagnostic) {
        position += 1
        guard position < bytes.endIndex, !isSpace(bytes[position]) else { return }
        throw .error("expected a space after the closing quote", at: location(from: position, length: 1))
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == ASCII.space || (byte >= 0x09 && byte <= 0x0d) }

    private func location(from start: Int, length: Int) -> SourceLocation {
        SourceLocation(file: file, line: line, column: start - bytes.startIndex + 1, length: length)
    }
}

extension LineLexer {
    private var isVariable: Bool {
        environment != nil && position + 1 < bytes.endIndex && bytes[position + 1] == 0x7b
    }

    /// Replaces `${NAME}` or `${NAME:-default}`; as in a shell, the default also stands in for an empty
    /// variable.
    private mutating func substitute(into text: inout [UInt8]) throws(Diagnostic) {
        let start = position
        guard let end = bytes[start...].firstIndex(of: 0x7d) else {
            throw .error("expected a closing } after ${", at: location(from: start, length: 2))
        }
        let inner = bytes[(start + 2)..<end]
        let name = inner.prefix { isNameByte($0) }
        let rest = inner.dropFirst(name.count)
        let place = location(from: start, length: end + 1 - start)
        guard !name.isEmpty, rest.isEmpty || rest.starts(with: [0x3a, 0x2d]) else {
            throw .error("expected ${NAME} or ${NAME:-default}; single quotes keep '${' as it is", at: place)
        }
        try checkText(from: start, to: end)
        let variable = String(decoding: name, as: UTF8.self)
        let value = environment?[variable]
        if let value, !value.isEmpty || rest.isEmpty {
            text.append(contentsOf: value.utf8)
        } else if rest.isEmpty {
            throw .error(
                "environment variable \(variable) is not set: set it, or write ${\(variable):-default}",
                at: place)
        } else {
            text.append(contentsOf: rest.dropFirst(2))
        }
        position = end + 1
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
        default: false
        }
    }

    /// Appends one character, which must be text.
    private mutating func plainScalar(into text: inout [UInt8]) throws(Diagnostic) {
        let length = try scalarLength(at: position)
        text.append(contentsOf: bytes[position..<(position + length)])
        position += length
    }

    /// Holds a stretch outside quotes to being text: no NUL, valid UTF-8.
    private func checkText(from start: Int, to end: Int? = nil) throws(Diagnostic) {
        var index = start
        while index < end ?? bytes.endIndex { index += try scalarLength(at: index) }
    }

    private func scalarLength(at index: Int) throws(Diagnostic) -> Int {
        let lead = bytes[index]
        if lead == 0 {
            throw .error(
                "expected text, found a NUL byte: write \"\\x00\" inside quotes",
                at: location(from: index, length: 1))
        }
        if lead < 0x80 { return 1 }
        let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
        if index + length <= bytes.endIndex,
            String(validating: bytes[index..<(index + length)], as: UTF8.self) != nil
        {
            return length
        }
        throw .error(
            "expected UTF-8, found the byte 0x\(Hexadecimal.text(lead)): "
                + "write \"\\x\(Hexadecimal.text(lead))\" inside quotes",
            at: location(from: index, length: 1))
    }
}
