import Bytes

/// Reads an expression by recursive descent; parentheses go no deeper than `deepest`.
struct ExpressionParser {
    private static let deepest = 64
    private static let prefix = ByteString("tag:")

    private static let initials = Array("AON".utf8)

    private enum Operator: String { case and = "AND", or = "OR", not = "NOT" }

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func whole() throws(TagExpression.Problem) -> TagExpression {
        let expression = try alternatives()
        skipSpaces()
        if position < bytes.count { throw fault("'&', '|' or the end") }
        return expression
    }

    private mutating func alternatives() throws(TagExpression.Problem) -> TagExpression {
        var parts = [try conjunction()]
        while take(.or, 0x7c) { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(TagExpression.Problem) -> TagExpression {
        var parts = [try operand()]
        while take(.and, 0x26) { parts.append(try operand()) }
        return parts.count == 1 ? parts[0] : .every(parts)
    }

    private mutating func operand() throws(TagExpression.Problem) -> TagExpression {
        var isNegated = false
        while take(.not, 0x21) { isNegated.toggle() }
        let inner = try primary()
        return isNegated ? .not(inner) : inner
    }

    private mutating func primary() throws(TagExpression.Problem) -> TagExpression {
        guard take(0x28) else { return .tag(try name()) }
        depth += 1
        if depth > Self.deepest { throw fault("at most \(Self.deepest) parentheses in each other") }
        let inner = try alternatives()
        guard take(0x29) else { throw fault("'&', '|' or ')'") }
        depth -= 1
        return inner
    }

    private mutating func name() throws(TagExpression.Problem) -> ByteString {
        skipSpaces()
        let start = position
        if let word = operatorWord() { throw fault("the name of a tag ('tag:\(word)' for one of that name)") }
        var name: [UInt8] = []
        while position < bytes.count, !Self.ends(bytes[position]) {
            if bytes[position] == 0x5c { position += 1 }
            guard position < bytes.count else { throw fault("a byte after the backslash") }
            name.append(bytes[position])
            position += 1
        }
        let text = ByteString(name)
        let tag = text.hasPrefix(Self.prefix) ? ByteString(Array(name.dropFirst(4))) : text
        if tag.isEmpty {
            position = start
            throw fault("the name of a tag")
        }
        return tag
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == ASCII.space || (0x09...0x0d).contains(byte) }

    private static func ends(_ byte: UInt8) -> Bool {
        [0x26, 0x7c, 0x28, 0x29].contains(byte) || isSpace(byte)
    }

    /// The operator that is spelt out at the position.
    private func operatorWord() -> Operator? {
        guard position < bytes.count, Self.initials.contains(ASCII.uppercased(bytes[position])) else {
            return nil
        }
        let word = bytes[position...].prefix(4).prefix { !Self.ends($0) }
        return Operator(rawValue: String(decoding: word, as: UTF8.self).uppercased())
    }

    /// Takes an operator as a sign, which may be doubled, or as a word.
    private mutating func take(_ wanted: Operator, _ sign: UInt8) -> Bool {
        if take(sign) {
            if wanted != .not, position < bytes.count, bytes[position] == sign { position += 1 }
            return true
        }
        guard operatorWord() == wanted else { return false }
        position += wanted.rawValue.utf8.count
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpaces()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpaces() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private func fault(_ expected: String) -> TagExpression.Problem {
        let found = position < bytes.count ? "'\(ByteString(Array(bytes[position...])))'" : "the end"
        return TagExpression.Problem(
            description: "expected \(expected) at byte \(position + 1) of the expression, found \(found)")
    }
}
