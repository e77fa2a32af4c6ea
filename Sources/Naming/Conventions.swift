import Bytes

/// The compiled conventions of a configuration: what the names of keys and tags imply.
///
/// Immutable and shared by all threads; a reload swaps the whole object. Everything it says is a pure
/// function of a name.
public final class Conventions: Sendable {
    /// The length above which a key has no tags and no dependents: 4 KiB.
    public static let maxKeyBytes = 4096

    /// No conventions at all: every key passes by.
    public static let empty = Conventions(separator: ASCII.colon, tags: [], links: [], protections: [])

    /// What a pattern in the trie stands for.
    enum Entry: Sendable {
        case tag(Int)
        case source(Int)
        case dependent(Int)
        /// A rule that is not followed but fired.
        case firing(Int)
        /// Every key, for `concernsEveryKey`; it implies nothing.
        case everything
    }

    let separator: UInt8
    let tags: [TagConvention]
    let links: [Link]
    let protections: [Protection]
    /// Every rule, in the order of the configuration.
    public let rules: [Rule]
    /// What is invalidated at fixed times, in the order of the configuration.
    public let schedules: [Schedule]
    /// Whether a mutation of any key is somebody's business, as where a second Redis holds copies.
    public let concernsEveryKey: Bool
    let entries: [Entry]
    /// The place of each rule's first link; its others follow.
    let firstLinks: [String: Int]
    /// Patterns that tag, that mutations follow from, that records are owed for.
    let names: Trie
    let protectedNames: Trie
    /// The protected patterns, for scripts.
    let luaProtections: [ByteString]
    /// Templates of tags, matched with the names of tags.
    let tagNames: Trie
    /// Patterns that something follows from.
    let sources: Trie
    /// The same, for scripts.
    let luaSources: [ByteString]
    /// Whether something may follow from a member of a tag, of a dependency.
    let membersLeadOn: (tags: Bool, dependencies: Bool)

    init(
        separator: UInt8, tags: [TagConvention], links: [Link], protections: [Protection],
        rules: [Rule] = [], schedules: [Schedule] = [], concernsEveryKey: Bool = false
    ) {
        self.rules = rules
        self.schedules = schedules
        self.concernsEveryKey = concernsEveryKey
        self.separator = separator
        self.tags = tags
        self.links = links
        self.protections = protections
        var entries: [Entry] = []
        var names = TrieBuilder()
        func insert(_ pattern: Pattern, _ entry: Entry, isUrgent: Bool = true) {
            names.insert(pattern, entry: entries.count, isUrgent: isUrgent)
            entries.append(entry)
        }
        firstLinks = Dictionary(
            links.enumerated().compactMap { place, link in link.firstOf.map { (rules[$0].name, place) } },
            uniquingKeysWith: { first, _ in first })
        var tagNames = TrieBuilder()
        for (index, tag) in tags.enumerated() {
            insert(tag.pattern, .tag(index), isUrgent: tag.isRecorded)
            tagNames.insert(tag.template, entry: index)
        }
        for (index, link) in links.enumerated() {
            if link.isRecorded { insert(link.dependent, .dependent(index)) }
            if !link.isFired { insert(link.source, .source(index)) }
        }
        for (index, rule) in rules.enumerated() where !rule.isFollowed {
            insert(rule.source, .firing(index))
        }
        if concernsEveryKey { Pattern.everyName(separator).forEach { insert($0, .everything) } }
        let sourcePatterns = links.map(\.source) + rules.map(\.source)
        sources = Self.trie(of: sourcePatterns)
        luaSources = Self.luaPatterns(sourcePatterns)
        membersLeadOn = Self.membersLeadOn(links, sourcePatterns)
        var protectedNames = TrieBuilder()
        for (index, protection) in protections.enumerated() {
            protectedNames.insert(
                protection.pattern, entry: index, isUrgent: !protection.pattern.repeatsCapture)
        }
        hasRepeatingProtection = protections.contains(where: \.pattern.repeatsCapture)
        luaProtections = protections.map { LuaPattern.text(for: $0.pattern) }
        self.entries = entries
        self.names = names.build()
        self.tagNames = tagNames.build()
        self.protectedNames = protectedNames.build()
    }

    /// Whether a write or mutation of `key` owes anything: a record, a dependent, a rule's target.
    ///
    /// With `concernsEveryKey` it is true of every key but those of the index.
    ///
    /// Allocates nothing. A computed tag owes nothing, so a key that has no more than that does not concern
    /// anyone. True is possible where a repeated capture then differs; false is certain.
    public func concerns(_ key: Span<UInt8>) -> Bool {
        guard key.count <= Self.maxKeyBytes, !IndexKey.isReserved(key) else {
            return concernsEveryKey && !IndexKey.isReserved(key)
        }
        var visitor = UrgencyVisitor()
        return names.walk(key, separator: separator, &visitor)
    }

    /// How many nodes, probes and comparisons matching `key` takes: the cost of `concerns` at its worst,
    /// without a clock.
    public func steps(toMatch key: Span<UInt8>) -> Int {
        var visitor = CountingVisitor()
        _ = names.walk(key, separator: separator, &visitor)
        return visitor.steps
    }

    /// Whether nothing may ever invalidate `key`.
    ///
    /// Exact, for keys of any length. Allocates only when a protected pattern with a repeated capture comes
    /// into question.
    public func isProtected(_ key: Span<UInt8>) -> Bool {
        guard !protectedNames.isEmpty, !IndexKey.isReserved(key) else { return false }
        var visitor = UrgencyVisitor()
        if protectedNames.walk(key, separator: separator, &visitor) { return true }
        return hasRepeatingProtection && protection(of: key) != nil
    }

    /// Whether `key` belongs to the index: it is a set that `IndexKey` names.
    public static func isReserved(_ key: Span<UInt8>) -> Bool { IndexKey.isReserved(key) }

    /// Whether anything is ever recorded; false when every convention can be computed.
    public var usesIndex: Bool { tags.contains(where: \.isRecorded) || links.contains(where: \.isRecorded) }

    /// Whether keys are to be recorded that `old` never recorded: the index lacks those that exist already.
    public func recordsMore(than old: Conventions) -> Bool {
        guard self !== old, usesIndex else { return false }
        let isLessProtected = !Set(old.protectPatterns).isSubset(of: protectPatterns)
        return isLessProtected || !recorded.isSubset(of: old.recorded)
    }

    /// What is recorded, as the patterns that decide it.
    private var recorded: Set<[String]> {
        Set(tags.filter(\.isRecorded).map { ["tag", $0.pattern.text, $0.template.text] })
            .union(links.filter(\.isRecorded).map { ["link", $0.source.text, $0.dependent.text] })
    }

    /// Whether `key` holds what proxies have agreed about a schedule: it is no set.
    public static func isScheduleState(_ key: Span<UInt8>) -> Bool { IndexKey.isState(key) }

    /// Whether keys of Freshet's own may lie beside the data: whoever has conventions may give tags by hand
    /// as well, or have had others before.
    public var hidesKeys: Bool {
        !tags.isEmpty || !links.isEmpty || !rules.isEmpty || !schedules.isEmpty || !protections.isEmpty
    }

    /// Patterns of `protect` lines, as written.
    public var protectPatterns: [String] { protections.map(\.pattern.text) }

    /// How many lines of all kinds there are.
    public var count: Int {
        tagCount + dependCount + ruleCount + scheduleCount + Set(protections.map(\.origin)).count
    }
    /// How many `tag` lines there are.
    public var tagCount: Int { Set(tags.map(\.origin)).count }
    /// How many `depend` lines there are.
    public var dependCount: Int { lines(of: .depend) }
    /// How many `rule` lines there are.
    public var ruleCount: Int { lines(of: .rule) }

    /// How many `schedule` lines there are.
    public var scheduleCount: Int { schedules.count }

    /// The schedule of this name.
    public func schedule(named name: String) -> Schedule? { schedules.first { $0.name == name } }

    private func lines(of kind: Origin.Kind) -> Int {
        Set(links.map(\.origin).filter { $0.kind == kind }).count
    }

    /// The rule of this name.
    public func rule(named name: String) -> Rule? { rules.first { $0.name == name } }

    /// The rule of these words, alone: what it does to other lines is not looked at.
    public func rule(reading words: [Word]) -> Result<Rule, Diagnostic> {
        var parser = RuleParser(words, at: .unknown, separator: separator)
        let rule = parser.rule()
        if let first = parser.diagnostics.first(where: { $0.severity == .error }) { return .failure(first) }
        let nothing = Diagnostic.error(.unknown, "expected a rule")
        return rule.map { .success($0) } ?? .failure(nothing)
    }

    private let hasRepeatingProtection: Bool

    /// The first protection that matches `key`.
    func protection(of key: Span<UInt8>) -> Protection? {
        for index in protectedNames.matches(key, separator: separator)
        where protections[index].pattern.match(key) != nil {
            return protections[index]
        }
        return nil
    }
}
