import Bytes
import Naming

extension Work {
    /// Work that names more than this is neither compared with other work nor joined to it: comparing costs
    /// more than doing it twice, and one failure would hold up too much.
    static let mostJoined = 256
    /// A debounce may put work off for at most so many times its delay.
    static let longestDebounce = 10

    /// What work must have in common to be joined.
    var kin: ByteString {
        let manner =
            switch manner {
            case .remove: "remove"
            case .look: "look"
            case .soften(let milliseconds): "soften-\(milliseconds)"
            }
        return ByteString(
            "\(side.rawValue) \(cause.database) \(manner) \(spreadMilliseconds) "
                + "\(isBraked ? 1 : 0)\(isCopy ? 1 : 0)\(cause.isMirrored ? 1 : 0) \(rule ?? "")\0")
    }

    /// What this works on, for finding equal and overlapping work; empty where that is too much to compare.
    ///
    /// Each begins with `kin`, so that equal names mean work that can be joined.
    var names: [ByteString] {
        let kin = kin
        if !mergeKey.isEmpty { return [kin.joined("m", mergeKey)] }
        switch task {
        case .finish(let frontier):
            guard frontier.count <= Self.mostJoined else { return [] }
            return frontier.names(kin)
        case .fire(let firing): return [kin.joined("f", firing.name)]
        case .scan: return [kin.joined("a", "")]
        case .request(let request):
            var writer = ByteWriter()
            request.write(to: &writer)
            guard writer.bytes.count < 4096 else { return [] }
            return [kin.joined("q", ByteString(writer.bytes))]
        case .built: return [kin.joined("b", "")]
        case .everything: return [kin.joined("e", "")]
        case .empty(let all): return [kin.joined("d", all ? "*" : "")]
        }
    }

    /// Takes in what `newer` is to do, and its cause; false where that would become too much.
    mutating func join(_ newer: Work) -> Bool {
        guard let both = Self.union(task, newer.task) else { return false }
        task = both
        let spared = cause.spared
        cause = newer.cause
        // Only what both have written is fresh: what one has written may be what the other made stale.
        if !cause.spared.isEmpty {
            cause.keys.removeAll { !spared.contains($0) }
            cause.fresh.removeAll { !spared.contains($0) }
        }
        parent = newer.parent ?? parent
        reached = max(reached, newer.reached)
        deepest = max(deepest, newer.deepest)
        isReleased = isReleased && newer.isReleased
        onAccepted += newer.onAccepted
        joined += 1 + newer.joined
        attempts = 0
        refusals = 0
        error = nil
        return true
    }

    private static func union(_ old: Task, _ new: Task) -> Task? {
        switch (old, new) {
        case (.finish(let first), .finish(let second)):
            guard first.count + second.count <= mostJoined else { return nil }
            return .finish(first.union(second))
        case (.scan(let first), .scan(let second)):
            return .scan(first.union(second))
        case (.request(let old), .request(let request)) where old.asks(request): return .request(request)
        case (.built, .built): return .built
        case (.everything, .everything): return .everything
        case (.empty(let all), .empty(let newAll)) where all == newAll: return new
        // What they would invalidate is the same; the newer one has the newer trigger.
        case (.fire, .fire(let firing)): return .fire(firing)
        default: return nil
        }
    }
}

extension Frontier {
    /// Each key, set and firing as one name that begins with `kin`.
    func names(_ kin: ByteString) -> [ByteString] {
        steps.map { kin.joined("k", $0.key) } + takes.map { kin.joined("s", $0.indexKey) }
            + roots.map { kin.joined("r", $0.key) } + firings.map { kin.joined("f", $0.name) }
    }

    /// How many keys and sets it names.
    var count: Int { steps.count + takes.count + roots.count + firings.count }

    /// Both, each key and each set once.
    func union(_ other: Frontier) -> Frontier {
        var both = self
        var seen = Set(steps.map(\.key))
        for step in other.steps where seen.insert(step.key).inserted { both.steps.append(step) }
        var sets = Set(takes.map { [$0.indexKey, $0.cursor, $0.drain] })
        for take in other.takes where sets.insert([take.indexKey, take.cursor, take.drain]).inserted {
            both.takes.append(take)
        }
        var keys = Set(roots.map(\.key))
        for root in other.roots where keys.insert(root.key).inserted { both.roots.append(root) }
        both.spent += other.spent
        var fired = Set(firings.map(\.name))
        for firing in other.firings where fired.insert(firing.name).inserted { both.firings.append(firing) }
        // A lineage ends cycles; where there are two, rather once round too often than a key left stale.
        if both.lineage != other.lineage, !other.isEmpty { both.lineage = isEmpty ? other.lineage : [] }
        return both
    }
}

extension Firing {
    /// The rule and the trigger as one name.
    var name: ByteString { ByteString(rule.name.utf8 + [0] + trigger.bytes) }
}

extension ByteString {
    fileprivate func joined(_ kind: String, _ name: ByteString) -> ByteString {
        ByteString(bytes + kind.utf8 + name.bytes)
    }
}
