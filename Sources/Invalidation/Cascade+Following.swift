import Audit
import Bytes
import Naming
import Relay

/// What follows from keys that are gone, or were written.
extension Cascade {
    private static let rootsAtOnce = 64
    /// How deep edges of cycles are followed once no more names can be remembered.
    private static let deepestCycle = 64

    /// Follows some keys: their dependents wait from now on.
    func followSome() {
        var left = Self.rootsAtOnce
        while left > 0, steps.count < limits.waiting, let root = frontier.roots.popLast() {
            follow(root)
            left -= 1
        }
    }

    private func follow(_ root: Frontier.Root) {
        guard !isFull else {
            if conventions.mayLeadOn(root.key.span) { undone.roots.append(root) }
            return
        }
        guard root.depth < limits.depth else {
            if conventions.leadsOn(root.key) { undone.roots.append(root) }
            return
        }
        spend(1)
        var isFirst: Bool?
        conventions.forEachFollower(of: root.key) { follower in
            if follower.isCyclic || isLookOnly {
                if isFirst == nil { isFirst = followsCycles(from: root) }
                guard isFirst == true else { return }
            }
            add(follower, to: root)
        }
    }

    /// Whether edges of cycles are to be followed from a key: the first time, as far as memory allows.
    private func followsCycles(from root: Frontier.Root) -> Bool {
        if followed.count < limits.names { return followed.insert(root.key).inserted }
        return !followed.contains(root.key) && root.depth < Self.deepestCycle
    }

    private func add(_ follower: Follower, to root: Frontier.Root) {
        spend(1)
        if let rule = follower.followed, isFirst(Firing.Ancestor(rule: rule.name, trigger: root.key)) {
            fired.append(rule)
        }
        switch follower.target {
        case .key(let key):
            if root.company?.names.contains(key) == true { return }
            steps.add(
                Frontier.Step(
                    key: key, depth: root.depth + 1, parent: root.key, origin: follower.origin,
                    rank: follower.rank),
                named: key, rank: follower.rank)
        case .set(let set, let kind):
            takes.add(
                Frontier.Take(
                    indexKey: set, kind: kind, depth: root.depth + 1, parent: root.key,
                    origin: follower.origin, rank: follower.rank),
                named: set, rank: follower.rank)
        case .tag(let tag):
            var found = Frontier()
            found.add(
                tag: tag, conventions, depth: root.depth + 1, parent: root.key, origin: follower.origin,
                rank: follower.rank)
            wait(for: found)
        case .firing(let rule):
            let firing = Firing(
                rule, trigger: root.key, depth: root.depth, ancestors: frontier.lineage)
            if awaited.insert(firing.ancestor).inserted { frontier.firings.append(firing) }
        }
    }

    /// Whether a rule is fired by a key for the first time, as far as memory allows.
    func isFirst(_ firing: Firing.Ancestor) -> Bool {
        decided.count < limits.names ? decided.insert(firing).inserted : !decided.contains(firing)
    }

    /// Adds what a rule invalidates.
    func follow(_ firing: Firing) {
        let root = Frontier.Root(key: firing.trigger, depth: firing.depth)
        conventions.forEachFollower(of: firing.rule, firedBy: firing.trigger) { add($0, to: root) }
    }

    /// Has steps and sets wait for their turn.
    func wait(for found: Frontier) {
        for step in found.steps { steps.add(step, named: step.key, rank: step.rank) }
        for take in found.takes { takes.add(take, named: take.name, rank: take.rank) }
    }

    // MARK: Keys that expire

    /// Has what follows from keys be done when they have expired.
    func postpone(_ roots: [Frontier.Root], on link: Link) {
        if BrokenOrder.softensAtOnce { return frontier.roots += roots }
        if journal == nil, later.roots.count + roots.count <= Work.mostJoined {
            later.roots += roots
        } else {
            note(roots.map(\.key), inJournalOn: link)
        }
    }

    /// Notes names in a drain set, which outlives the process and is followed by whoever finds it.
    func note(_ names: [ByteString], inJournalOn link: Link) {
        let set = journal ?? makeJournal(on: link)
        outstanding += 1
        // Where Redis refuses it, the keys are removed all the same.
        link.sendOwn(["SADD", set] + names, OwnReply { [self] _ in replied() })
    }

    private func makeJournal(on link: Link) -> ByteString {
        let set = IndexKey.drain("\(ULID())")
        journal = set
        scripts.drains.insert(set)
        outstanding += 1
        link.sendOwn(["SADD", IndexKey.drains, set], OwnReply { [self] _ in replied() })
        if case .soften = manner {
            var take = Frontier.Take(
                indexKey: "", kind: .members, depth: 1, parent: set, origin: nil, drain: set)
            take.isGone = true
            later.takes.append(take)
        } else {
            frontier.spent.append(set)
        }
        return set
    }
}

extension Frontier.Take {
    /// What tells it from other sets that wait.
    var name: ByteString {
        cursor == "0" && drain.isEmpty ? indexKey : ByteString(indexKey.bytes + drain.bytes + cursor.bytes)
    }
}
