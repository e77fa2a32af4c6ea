import Bytes

/// One tag that one pattern gives.
///
/// An object, for it has many parts and every match of a key refers to it.
final class TagConvention: Sendable {
    let pattern: Pattern
    let template: Pattern
    /// The tag's name from a match of `pattern`.
    let name: Filling
    /// A member's name from a match of `template`; nil when members must be recorded.
    let member: Filling?
    /// The template as one string, see `Pattern.symbols`.
    let symbols: [Symbol]
    /// Whether names from this template have levels: it contains a `/` of its own.
    ///
    /// A template without one is flat, whatever its captures bind; in a name from one with levels, each `/`
    /// is a level.
    let hasLevels: Bool
    /// Where the template stands.
    let location: SourceLocation
    let origin: Origin

    init(pattern: Pattern, template: Pattern, location: SourceLocation, origin: Origin) {
        self.pattern = pattern
        self.template = template
        self.location = location
        self.origin = origin
        name = Filling(template, from: pattern)
        symbols = template.symbols
        hasLevels = symbols.contains(.byte(TagName.levelSeparator))
        let isDetermined = pattern.captures.allSatisfy(template.captures.contains)
        let isComputed = !hasLevels && isDetermined && !pattern.hasWildcard && template.isUnambiguous
        member = isComputed ? Filling(pattern, from: template) : nil
    }

    var isRecorded: Bool { member == nil }

}

/// The names of tags and their levels.
enum TagName {
    static let levelSeparator: UInt8 = 0x2f

    /// `a/b`, `a` for `a/b/c`: nearest first.
    static func ancestors(of tag: ByteString) -> [ByteString] {
        tag.bytes.indices.reversed().filter { $0 > 0 && tag.bytes[$0] == levelSeparator }.map { end in
            ByteString(Array(tag.bytes[..<end]))
        }
    }
}

/// One edge: keys of a source pattern, and what goes stale with them. An object for the same reason.
final class Link: Sendable {
    enum Target: Sendable {
        /// A key whose name follows from the source's.
        case computed(Filling)
        /// Keys recorded under a name that both sides can tell: the source (`take`) and the dependent
        /// (`record`).
        case recorded(take: Filling, record: Filling)
        case tag(Filling)
    }

    let source: Pattern
    /// The pattern of what goes stale; a tag's template for a tag.
    let dependent: Pattern
    let target: Target
    /// Where the dependent stands.
    let location: SourceLocation
    let origin: Origin
    /// Whether a rule's firing is decided first; else the edge is followed at once.
    let isFired: Bool
    /// The place of the rule whose first target it is; nil for all other edges.
    let firstOf: Int?
    /// How late the dependent goes, and whether the edge is part of a cycle, see `RemovalOrder`.
    let rank: Int
    let isCyclic: Bool

    /// An edge to the keys of `dependent`: computed when `source` binds all of it, else recorded.
    init(keys dependent: Pattern, on source: Pattern, location: SourceLocation, origin: Origin) {
        self.source = source
        self.dependent = dependent
        self.location = location
        self.origin = origin
        isFired = false
        firstOf = nil
        rank = 0
        isCyclic = false
        if !dependent.hasWildcard, dependent.captures.allSatisfy(source.captures.contains) {
            target = .computed(Filling(dependent, from: source))
        } else {
            let shared = Set(source.captures).intersection(dependent.captures)
            let prefix = IndexKey.dependencyPrefix
            target = .recorded(
                take: Filling(source, from: source, prefix: prefix, sharing: shared),
                record: Filling(source, from: dependent, prefix: prefix, sharing: shared))
        }
    }

    /// An edge to a tag, whose template `source` binds wholly.
    init(tag template: Pattern, on source: Pattern, location: SourceLocation, origin: Origin) {
        self.source = source
        dependent = template
        self.location = location
        self.origin = origin
        target = .tag(Filling(template, from: source))
        isFired = false
        firstOf = nil
        rank = 0
        isCyclic = false
    }

    /// The same edge as one of a rule's.
    init(_ other: Link, isFired: Bool, firstOf: Int?) {
        source = other.source
        dependent = other.dependent
        target = other.target
        location = other.location
        origin = other.origin
        self.isFired = isFired
        self.firstOf = firstOf
        rank = 0
        isCyclic = false
    }

    /// The same edge with its place in the order of removal.
    init(_ other: Link, rank: Int, isCyclic: Bool) {
        source = other.source
        dependent = other.dependent
        target = other.target
        location = other.location
        origin = other.origin
        isFired = other.isFired
        firstOf = other.firstOf
        self.rank = rank
        self.isCyclic = isCyclic
    }

    var isRecorded: Bool {
        if case .recorded = target { true } else { false }
    }

    var isTag: Bool {
        if case .tag = target { true } else { false }
    }

    /// How the target reads in a configuration.
    var dependentText: String { isTag ? "tag:\(dependent.text)" : dependent.text }
}

/// One pattern whose keys nothing invalidates.
struct Protection: Sendable {
    let pattern: Pattern
    let location: SourceLocation
    let origin: Origin
}
