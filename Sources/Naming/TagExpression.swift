public import Bytes

/// Tags joined by `&` (both), `|` (either) and `!` (not), with parentheses: `tag:sale & !(shoes | pages/en)`.
///
/// AND, OR and NOT say the same, in any case. `!` binds first, then `&`, then `|`. `tag:` before a name may
/// be left out, but for a tag whose name is an operator's. A backslash takes the next byte as it is, a space
/// too. A key carries a tag when it has it or one below it.
///
/// Nested no deeper than the parentheses of the text, however many tags are joined.
public indirect enum TagExpression: Sendable, Hashable {
    case tag(ByteString)
    case every([TagExpression])
    case any([TagExpression])
    case not(TagExpression)

    /// Why a text is no expression.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    public init(_ text: ByteString) throws(Problem) {
        var parser = ExpressionParser(bytes: text.bytes)
        self = try parser.whole()
        if cover(cost: { _ in 1 }) == nil {
            throw Problem(
                description: "the expression holds for keys without any of its tags, that is, for nearly all:"
                    + " join a tag that they carry, as in 'a & !b'")
        }
    }

    /// Every tag in it, in the order of the text.
    public var tags: [ByteString] {
        switch self {
        case .tag(let tag): [tag]
        case .every(let parts), .any(let parts): parts.flatMap(\.tags)
        case .not(let part): part.tags
        }
    }

    /// Whether it holds for a key, where `carries` tells which tags the key carries.
    public func holds(_ carries: (ByteString) -> Bool) -> Bool {
        switch self {
        case .tag(let tag): carries(tag)
        case .every(let parts): parts.allSatisfy { $0.holds(carries) }
        case .any(let parts): parts.contains { $0.holds(carries) }
        case .not(let part): !part.holds(carries)
        }
    }

    /// Whether a key for which it holds may be one for which it does not once it carries more tags.
    public var excludes: Bool {
        switch self {
        case .tag: false
        case .every(let parts), .any(let parts): parts.contains(where: \.excludes)
        case .not: true
        }
    }

    /// Tags of which every key that it holds for carries at least one: those that cost least. Nil where it
    /// holds for keys that carry none.
    public func cover(cost: (ByteString) -> Int) -> [ByteString]? {
        switch self {
        case .tag(let tag): return [tag]
        case .any(let parts):
            let covers = parts.map { $0.cover(cost: cost) }
            return covers.contains(nil) ? nil : covers.flatMap { $0 ?? [] }
        case .every(let parts):
            let covers = parts.compactMap { $0.cover(cost: cost) }.map { tags in
                (tags, tags.reduce(0) { $0.addingReportingOverflow(cost($1)).partialValue })
            }
            return covers.min { $0.1 < $1.1 }?.0
        case .not(.tag): return nil
        // What is not either is neither: each of the parts may give the cover.
        case .not(.any(let parts)): return Self.every(parts.map(Self.not)).cover(cost: cost)
        case .not(.every(let parts)): return Self.any(parts.map(Self.not)).cover(cost: cost)
        case .not(.not(let part)): return part.cover(cost: cost)
        }
    }

    /// Whether a key with the tag `name` carries `tag`.
    public static func isAtOrBelow(_ name: ByteString, _ tag: ByteString) -> Bool {
        guard name.hasPrefix(tag) else { return false }
        return name.count == tag.count || name.bytes[tag.count] == TagName.levelSeparator
    }
}

extension Conventions {
    /// The tags above `tag`, nearest first: `a/b` and `a` for `a/b/c`.
    public func levels(above tag: ByteString) -> [ByteString] { TagName.ancestors(of: tag) }
}
