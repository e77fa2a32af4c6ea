public import Bytes

/// Tags joined by `&` (both) and `|` (either), with parentheses: `tag:sale & (tag:shoes | tag:pages/en)`.
///
/// `tag:` before a name may be left out; `&` binds before `|`. A backslash takes the next byte as it is. A
/// key carries a tag when it has it or one below it.
///
/// Nested no deeper than the parentheses of the text, however many tags are joined.
public indirect enum TagExpression: Sendable, Hashable {
    case tag(ByteString)
    case every([TagExpression])
    case any([TagExpression])

    /// Why a text is no expression.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    public init(_ text: ByteString) throws(Problem) {
        var parser = ExpressionParser(bytes: text.bytes)
        self = try parser.whole()
    }

    /// Every tag in it, in the order of the text.
    public var tags: [ByteString] {
        switch self {
        case .tag(let tag): [tag]
        case .every(let parts), .any(let parts): parts.flatMap(\.tags)
        }
    }

    /// Whether it holds for a key, where `carries` tells which tags the key carries.
    public func holds(_ carries: (ByteString) -> Bool) -> Bool {
        switch self {
        case .tag(let tag): carries(tag)
        case .every(let parts): parts.allSatisfy { $0.holds(carries) }
        case .any(let parts): parts.contains { $0.holds(carries) }
        }
    }

    /// Tags of which every key that it holds for carries at least one: those that cost least.
    public func cover(cost: (ByteString) -> Int) -> [ByteString] {
        switch self {
        case .tag(let tag): return [tag]
        case .any(let parts): return parts.flatMap { $0.cover(cost: cost) }
        case .every(let parts):
            let covers = parts.map { part in
                let tags = part.cover(cost: cost)
                return (tags, tags.reduce(0) { $0.addingReportingOverflow(cost($1)).partialValue })
            }
            return covers.min { $0.1 < $1.1 }?.0 ?? []
        }
    }

    /// Whether a key with the tag `name` carries `tag`.
    public static func isAtOrBelow(_ name: ByteString, _ tag: ByteString) -> Bool {
        guard name.hasPrefix(tag) else { return false }
        return name.count == tag.count || name.bytes[tag.count] == TagName.levelSeparator
    }
}

/// Reads an expression by recursive descent; parentheses go no deeper than `deepest`.
private struct ExpressionParser {
    private static let deepest = 64
    private static let prefix = ByteString("tag:")
    let bytes: [UInt8]
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
        while take(0x7c) { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(TagExpression.Problem) -> TagExpression {
        var parts = [try operand()]
        while take(0x26) { parts.append(try operand()) }
        return parts.count == 1 ? parts[0] : .every(parts)
    }

    private mutating func operand() throws(TagExpression.Problem) -> TagExpression {
        guard take(0x28) else { return .tag(try name()) }
        depth += 1
        if depth > Self.deepest { throw fault("at most \(Self.deepest) parentheses in each other") }
        let inner = try alternatives()
        guard take(0x29) else { throw fault("')'") }
        depth -= 1
        return inner
    }

    private mutating func name() throws(TagExpression.Problem) -> ByteString {
        skipSpaces()
        var name: [UInt8] = []
        while position < bytes.count, !Self.ends(bytes[position]) {
            if bytes[position] == 0x5c { position += 1 }
            guard position < bytes.count else { throw fault("a byte after the backslash") }
            name.append(bytes[position])
            position += 1
        }
        while name.last == ASCII.space, bytes[position - 1] == ASCII.space { name.removeLast() }
        let text = ByteString(name)
        let tag = text.hasPrefix(Self.prefix) ? ByteString(Array(name.dropFirst(4))) : text
        if tag.isEmpty { throw fault("the name of a tag") }
        return tag
    }

    private static func ends(_ byte: UInt8) -> Bool { [0x26, 0x7c, 0x28, 0x29].contains(byte) }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpaces()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpaces() {
        while position < bytes.count, bytes[position] == ASCII.space { position += 1 }
    }

    private func fault(_ expected: String) -> TagExpression.Problem {
        let found = position < bytes.count ? "'\(ByteString(Array(bytes[position...])))'" : "the end"
        return TagExpression.Problem(
            description: "expected \(expected) at byte \(position + 1) of the expression, found \(found)")
    }
}

extension Conventions {
    /// The tags above `tag`, nearest first: `a/b` and `a` for `a/b/c`.
    public func levels(above tag: ByteString) -> [ByteString] { TagName.ancestors(of: tag) }
}
