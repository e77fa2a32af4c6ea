public import Bytes

/// Reads an inline request: words on a line, quoted as in Redis's `sdssplitargs`.
///
/// The result is written as a canonical RESP request, since inline bytes never travel over a link.
public enum InlineRequest {
    /// Appends the line's words to `output` as one request and returns how many words there were.
    ///
    /// `line` carries its end: LF, and the CR before it if there is one. Throws when a quote is not closed,
    /// or a closing quote is not followed by white space.
    public static func encode(
        _ line: Span<UInt8>, into output: inout ByteBuffer
    ) throws(ProtocolError) -> Int {
        var words: [[UInt8]] = []
        var index = 0
        while true {
            while index < line.count, isSpace(line[index]) { index += 1 }
            guard index < line.count else { break }
            words.append(try word(line, &index))
        }
        guard !words.isEmpty else { return 0 }
        RequestEncoder.begin(count: words.count, into: &output)
        for word in words { RequestEncoder.append(word.span, into: &output) }
        return words.count
    }

    private static func word(_ line: Span<UInt8>, _ index: inout Int) throws(ProtocolError) -> [UInt8] {
        var word: [UInt8] = []
        while index < line.count, !endsWord(line[index]) {
            switch line[index] {
            case 0x22: try doubleQuoted(line, &index, &word)
            case 0x27: try singleQuoted(line, &index, &word)
            default:
                word.append(line[index])
                index += 1
                continue
            }
            if index < line.count, !isSpace(line[index]) { throw .unbalancedQuotes }
        }
        return word
    }

    private static func doubleQuoted(
        _ line: Span<UInt8>, _ index: inout Int, _ word: inout [UInt8]
    ) throws(ProtocolError) {
        index += 1
        while index < line.count, line[index] != ASCII.lineFeed {
            let byte = line[index]
            if byte == 0x22 {
                index += 1
                return
            }
            if byte == 0x5c, index + 1 < line.count { escape(line, &index, &word) } else { word.append(byte) }
            index += 1
        }
        throw .unbalancedQuotes
    }

    /// Reads the escape at `index` and leaves `index` on its last byte.
    private static func escape(_ line: Span<UInt8>, _ index: inout Int, _ word: inout [UInt8]) {
        if line[index + 1] == 0x78, index + 3 < line.count,
            let high = hex(line[index + 2]), let low = hex(line[index + 3])
        {
            word.append(high << 4 | low)
            index += 3
            return
        }
        index += 1
        switch line[index] {
        case 0x6e: word.append(ASCII.lineFeed)
        case 0x72: word.append(ASCII.carriageReturn)
        case 0x74: word.append(ASCII.tab)
        case 0x62: word.append(0x08)
        case 0x61: word.append(0x07)
        default: word.append(line[index])
        }
    }

    private static func singleQuoted(
        _ line: Span<UInt8>, _ index: inout Int, _ word: inout [UInt8]
    ) throws(ProtocolError) {
        index += 1
        while index < line.count, line[index] != ASCII.lineFeed {
            if line[index] == 0x27 {
                index += 1
                return
            }
            if line[index] == 0x5c, index + 1 < line.count, line[index + 1] == 0x27 { index += 1 }
            word.append(line[index])
            index += 1
        }
        throw .unbalancedQuotes
    }

    /// What ends a word outside quotes: fewer bytes than separate words.
    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case ASCII.space, ASCII.tab, ASCII.lineFeed, ASCII.carriageReturn: true
        default: false
        }
    }

    /// C's `isspace`.
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == ASCII.space || (byte >= 0x09 && byte <= 0x0d)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
