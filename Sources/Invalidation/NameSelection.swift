import Bytes
import Naming

/// Picks, among the names of existing keys, those that an invalidation by names means.
enum NameSelection {
    /// The keys that belong to one of the index sets by their names.
    static func steps(
        among keys: [ByteString], in indexKeys: Set<ByteString>, _ conventions: Conventions
    ) -> Frontier {
        select(keys) { key in
            let facts = conventions.facts(of: key.span)
            guard !facts.isProtected,
                facts.records.contains(where: { $0.member == key && indexKeys.contains($0.indexKey) })
                    || facts.records.contains(where: { isBelow($0.indexKey, indexKeys) })
            else { return nil }
            return Frontier.Step(key: key, depth: 1, parent: "", origin: facts.tags.first?.origin)
        }
    }

    /// Whether the set belongs to a tag below one whose children were asked for.
    private static func isBelow(_ indexKey: ByteString, _ indexKeys: Set<ByteString>) -> Bool {
        guard indexKey.hasPrefix("freshet:sub:") else { return false }
        return indexKeys.contains(indexKey)
    }

    /// The keys that any convention can make stale, and the members of every index set.
    static func everything(among keys: [ByteString], _ conventions: Conventions) -> Frontier {
        var frontier = select(keys) { key in
            guard !Conventions.isReserved(key.span), let origin = conventions.derivation(of: key) else {
                return nil
            }
            return Frontier.Step(key: key, depth: 1, parent: "", origin: origin)
        }
        for key in keys
        where (key.hasPrefix("freshet:tag:") || key.hasPrefix("freshet:dep:")) && !IndexKey.isMark(key) {
            frontier.takes.append(
                Frontier.Take(indexKey: key, kind: .members, depth: 1, parent: "", origin: nil))
        }
        return frontier
    }

    /// The keys that a write of some other key can make stale, by `depend` lines and rules, and the members
    /// of tags that rules invalidate.
    static func built(among keys: [ByteString], _ conventions: Conventions) -> Frontier {
        var frontier = select(keys) { key in
            guard !Conventions.isReserved(key.span),
                let origin = conventions.derivation(fromWritesOf: key)
            else { return nil }
            return Frontier.Step(key: key, depth: 1, parent: "", origin: origin)
        }
        for key in keys where key.hasPrefix("freshet:tag:") && !IndexKey.isMark(key) {
            guard let tag = conventions.tag(ofIndexKey: key),
                let origin = conventions.derivation(ofTag: tag)
            else { continue }
            frontier.takes.append(
                Frontier.Take(indexKey: key, kind: .members, depth: 1, parent: "", origin: origin))
        }
        return frontier
    }

    private static func select(_ keys: [ByteString], _ step: (ByteString) -> Frontier.Step?) -> Frontier {
        var frontier = Frontier()
        frontier.steps = keys.compactMap(step)
        return frontier
    }
}
