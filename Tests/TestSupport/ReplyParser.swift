/// A small, slow and strict parser of whole replies.
public struct ReplyParser {
    private let bytes: [UInt8]
    private var offset: Int

    /// What is there does not make a reply.
    public enum Fault: Error, Equatable {
        case incomplete
        case malformed(String)
    }

    private init(_ bytes: [UInt8], at offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    /// The reply that starts at `offset`, and where it ends.
    public static func parse(_ bytes: [UInt8], at offset: Int = 0) throws(Fault) -> (reply: Reply, end: Int) {
        var parser = ReplyParser(bytes, at: offset)
        let reply = try parser.reply()
        return (reply, parser.offset)
    }

    private mutating func reply() throws(Fault) -> Reply {
        guard offset < bytes.count else { throw .incomplete }
        let kind = Unicode.Scalar(bytes[offset])
        offset += 1
        switch kind {
        case "+", "-", ":", ",", "#", "(", "_": return try lineReply(kind)
        case "$", "!", "=": return try bulkReply(kind)
        case "*", "~", ">", "%", "|": return try aggregate(kind)
        default: throw .malformed("a reply cannot begin with byte \(kind.value)")
        }
    }

    private mutating func lineReply(_ kind: Unicode.Scalar) throws(Fault) -> Reply {
        let text = try line()
        switch kind {
        case "+": return .simple(text)
        case "-": return .error(text)
        case ":":
            guard let value = Int(text) else { throw .malformed("':\(text)' is no integer") }
            return .integer(value)
        case ",": return .double(text)
        case "(": return .bigNumber(text)
        case "#" where text == "t" || text == "f": return .boolean(text == "t")
        case "_" where text.isEmpty: return .null
        default: throw .malformed("'\(kind)\(text)' is not a reply")
        }
    }

    private mutating func bulkReply(_ kind: Unicode.Scalar) throws(Fault) -> Reply {
        let count = try length()
        if count == -1, kind == "$" { return .null }
        guard count >= 0 else { throw .malformed("a bulk of length \(count)") }
        guard count <= bytes.count, bytes.count >= offset + count + 2 else { throw .incomplete }
        let body = Array(bytes[offset..<offset + count])
        offset += count
        guard bytes[offset] == 13, bytes[offset + 1] == 10 else { throw .malformed("a bulk without CRLF") }
        offset += 2
        return kind == "$" ? .bulk(body) : kind == "!" ? .bulkError(body) : .verbatim(body)
    }

    private mutating func aggregate(_ kind: Unicode.Scalar) throws(Fault) -> Reply {
        let count = try length()
        if count == -1, kind == "*" { return .null }
        guard count >= 0 else { throw .malformed("an aggregate of \(count) elements") }
        guard count <= bytes.count else { throw .incomplete }
        var elements: [Reply] = []
        for _ in 0..<(kind == "%" || kind == "|" ? 2 * count : count) { elements.append(try reply()) }
        switch kind {
        case "*": return .array(elements)
        case "~": return .set(elements)
        case ">": return .push(elements)
        case "%": return .map(elements)
        default: return .attributed(elements, try reply())
        }
    }

    private mutating func length() throws(Fault) -> Int {
        let text = try line()
        guard let count = Int(text) else { throw .malformed("'\(text)' is no length") }
        return count
    }

    private mutating func line() throws(Fault) -> String {
        guard let end = bytes[offset...].firstIndex(of: 13), end + 1 < bytes.count else { throw .incomplete }
        guard bytes[end + 1] == 10 else { throw .malformed("a CR without LF") }
        defer { offset = end + 2 }
        return String(decoding: bytes[offset..<end], as: UTF8.self)
    }
}
