public import Bytes

extension Conventions {
    /// Whether anything may follow from a member of a set of the index of this kind.
    ///
    /// False is certain: no pattern of such members has a name in common with the source of any line.
    public func mayLeadOn(membersOf kind: IndexKind) -> Bool {
        switch kind {
        case .members: membersLeadOn.tags
        case .dependents: membersLeadOn.dependencies
        case .children: true
        }
    }

    /// Whether anything may follow from `key`; false is certain. Allocates nothing.
    public func mayLeadOn(_ key: Span<UInt8>) -> Bool {
        guard key.count <= Self.maxKeyBytes, !IndexKey.isReserved(key) else { return false }
        var visitor = UrgencyVisitor()
        return sources.walk(key, separator: separator, &visitor)
    }

    /// Each pattern that something follows from as an anchored pattern of Redis's Lua 5.1; they match no
    /// less than the patterns do.
    public func sourceLuaPatterns() -> [ByteString] { luaSources }

    static func trie(of patterns: [Pattern]) -> Trie {
        var builder = TrieBuilder()
        for (index, pattern) in patterns.enumerated() { builder.insert(pattern, entry: index) }
        return builder.build()
    }

    static func luaPatterns(_ patterns: [Pattern]) -> [ByteString] {
        var seen: Set<ByteString> = []
        return patterns.map { LuaPattern.text(for: $0) }.filter { seen.insert($0).inserted }
    }

    static func membersLeadOn(
        _ links: [Link], _ sources: [Pattern]
    ) -> (tags: Bool, dependencies: Bool) {
        let symbols = sources.map(\.symbols)
        func leadsOn(_ pattern: Pattern) -> Bool { symbols.contains { $0.intersects(pattern.symbols) } }
        // Keys of any name may be given a tag.
        return (!sources.isEmpty, links.contains { $0.isRecorded && leadsOn($0.dependent) })
    }
}
