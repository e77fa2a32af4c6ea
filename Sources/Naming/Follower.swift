public import Bytes

/// One way on from a key of a cascade, as far as its name tells.
public struct Follower {
    public enum Target {
        /// A key whose name is known.
        case key(ByteString)
        /// An index set whose members are stale.
        case set(ByteString, IndexKind)
        case tag(ByteString)
        /// A rule that is to be decided first.
        case firing(Rule)
    }

    public let target: Target
    public let origin: Origin
    /// How late it goes: a key goes after all that have a lower rank, and has a higher one than what it is
    /// built from, unless both are part of a cycle. 0 is what nothing leads to.
    public let rank: Int
    /// Whether a way leads from the target back to the key, so that following it must end somewhere.
    public let isCyclic: Bool
    /// The rule without clauses whose first target this is.
    public let followed: Rule?
}

extension Conventions {
    /// Calls `body` for each direct dependent of `key`; the same one may come twice.
    ///
    /// One walk of the trie, and a name for each dependent: for cascades that follow keys by the hundred
    /// thousand. Protected dependents are left out.
    public func forEachFollower(of key: ByteString, _ body: (Follower) -> Void) {
        let view = key.span
        guard view.count <= Self.maxKeyBytes, !IndexKey.isReserved(view) else { return }
        for number in names.matches(view, separator: separator) {
            switch entries[number] {
            case .source(let index):
                guard let ranges = links[index].source.match(view) else { continue }
                follow(links[index], from: view, ranges, body)
            case .firing(let index) where rules[index].source.match(view) != nil:
                let links = links(of: rules[index])
                body(
                    Follower(
                        target: .firing(rules[index]), origin: rules[index].origin,
                        rank: links.reduce(Int.max) { min($0, $1.rank) },
                        isCyclic: links.contains(where: \.isCyclic), followed: nil))
            case .firing, .tag, .dependent, .everything: continue
            }
        }
    }

    /// Calls `body` for each target of `rule` as `key` fires it, whether or not its clauses allow it.
    public func forEachFollower(of rule: Rule, firedBy key: ByteString, _ body: (Follower) -> Void) {
        let view = key.span
        guard view.count <= Self.maxKeyBytes, !IndexKey.isReserved(view) else { return }
        for link in links(of: rule) {
            if let ranges = link.source.match(view) { follow(link, from: view, ranges, body) }
        }
    }

    private func follow(
        _ link: Link, from key: Span<UInt8>, _ ranges: [Range<Int>], _ body: (Follower) -> Void
    ) {
        guard let step = step(along: link, from: key, ranges), let target = Follower.Target(step) else {
            return
        }
        body(
            Follower(
                target: target, origin: link.origin, rank: link.rank, isCyclic: link.isCyclic,
                followed: link.isFired ? nil : link.firstOf.map { rules[$0] }))
    }

    /// The edges of a rule, with their places in the order of removal where it still reads the same.
    private func links(of rule: Rule) -> [Link] {
        guard let first = firstLinks[rule.name], let known = links[first].firstOf,
            rules[known] === rule || rules[known].words == rule.words
        else { return rule.links }
        return Array(links[first..<first + rule.links.count])
    }
}

extension Follower.Target {
    init?(_ step: Conventions.NextStep) {
        switch step {
        case .key(let step): self = .key(step.key)
        case .set(let step): self = .set(step.indexKey, step.kind)
        case .tag(let step): self = .tag(step.tag)
        case .skipped, .firing, .followed: return nil
        }
    }
}
