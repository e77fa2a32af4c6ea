public import Bytes

extension Conventions {
    /// Everything that goes stale with `keys`, as far as names tell.
    ///
    /// Breadth-first with a set of visited keys: cycles are harmless and a diamond counts once. `maxDepth`
    /// bounds the depth of steps. `maxKeys` is looked at after each key, whose direct dependents are never
    /// cut in half, so `steps` may exceed it by those of one key. A walk always follows at least one key, so
    /// going on from `unexplored` gets ahead.
    public func closure(of keys: [ByteString], maxDepth: Int, maxKeys: Int) -> Closure {
        var walk = ClosureWalk(conventions: self, maxDepth: maxDepth, maxKeys: maxKeys)
        walk.run(from: keys)
        return walk.closure
    }

    /// Everything that goes stale because `rule` has invalidated what `trigger` fires it for.
    ///
    /// The trigger itself is never a step, and of its dependents only the rule's own targets are. The limits
    /// are those of `closure(of:)`; targets have depth 1.
    public func closure(of rule: Rule, firedBy trigger: ByteString, maxDepth: Int, maxKeys: Int) -> Closure {
        var walk = ClosureWalk(conventions: self, maxDepth: maxDepth, maxKeys: maxKeys)
        walk.run(rule, from: trigger)
        return walk.closure
    }
}

/// One breadth-first walk over names.
private struct ClosureWalk {
    private static let few = 16

    let conventions: Conventions
    let maxDepth: Int
    let maxKeys: Int
    var closure = Closure()
    private var waiting: [(key: ByteString, depth: Int)] = []
    private var visited = NameSet()
    private var visitedTags = NameSet()
    private var taken = NameSet()
    private var protected = NameSet()

    init(conventions: Conventions, maxDepth: Int, maxKeys: Int) {
        self.conventions = conventions
        self.maxDepth = maxDepth
        self.maxKeys = maxKeys
    }

    mutating func run(from keys: [ByteString]) {
        for key in keys where visited.insert(key) { waiting.append((key, 0)) }
        run()
    }

    mutating func run(_ rule: Rule, from trigger: ByteString) {
        _ = visited.insert(trigger)
        follow(trigger, depth: 0) { conventions, body in
            conventions.forEachStep(of: rule, from: trigger, body)
        }
        run()
    }

    private mutating func run() {
        var next = 0
        while next < waiting.count {
            if next > 0, closure.steps.count >= maxKeys {
                leave(waiting[next...])
                return
            }
            follow(waiting[next].key, depth: waiting[next].depth)
            next += 1
        }
    }

    /// Gives up on keys beyond the limit; those from which nothing follows are done anyway.
    ///
    /// Facts cost a name for each dependent, so of many keys only patterns are asked.
    private mutating func leave(_ rest: ArraySlice<(key: ByteString, depth: Int)>) {
        for (key, _) in rest
        where conventions.mayLeadOn(key.span)
            && (rest.count > Self.few || leadsOn(conventions.collectedFacts(of: key).facts))
        {
            closure.unexplored.append(key)
        }
        closure.isTruncated = !closure.unexplored.isEmpty
    }

    private mutating func follow(_ key: ByteString, depth: Int) {
        guard depth < maxDepth else {
            if leadsOn(conventions.collectedFacts(of: key).facts) {
                closure.isTruncated = true
                closure.unexplored.append(key)
            }
            return
        }
        follow(key, depth: depth) { conventions, body in conventions.forEachStep(from: key, body) }
    }

    /// Notes the steps that `each` hands over.
    private mutating func follow(
        _ key: ByteString, depth: Int, _ each: (Conventions, (Conventions.NextStep) -> Void) -> Void
    ) {
        var sets: [IndexStep] = []
        var tags: [TagStep] = []
        each(conventions) { step in
            switch step {
            case .key(let step): add(step.key, depth + 1, from: key, step.origin, step.rank)
            case .skipped(let name): skip(name)
            case .set(let step): sets.append(step)
            case .tag(let step): tags.append(step)
            case .firing(let rule): closure.firings.append(Firing(rule, trigger: key, depth: depth))
            case .followed(let rule): closure.followed.append(rule)
            }
        }
        for step in sets { take(step.indexKey, step.kind, depth + 1, from: key, step.origin, step.rank) }
        for step in tags where visitedTags.insert(step.tag) { follow(step, depth: depth, from: key) }
    }

    private mutating func follow(_ step: TagStep, depth: Int, from key: ByteString) {
        let tag = conventions.tag(step.tag)
        for name in tag.skippedProtected { skip(name) }
        for member in tag.keys { add(member, depth + 1, from: key, step.origin, step.rank) }
        if let set = tag.indexKey { take(set, .members, depth + 1, from: key, step.origin, step.rank) }
        if let set = tag.subKey { take(set, .children, depth + 1, from: key, step.origin, step.rank) }
    }

    private mutating func add(
        _ key: ByteString, _ depth: Int, from parent: ByteString, _ origin: Origin, _ rank: Int
    ) {
        guard visited.insert(key) else { return }
        closure.steps.append(ClosureStep(key: key, depth: depth, parent: parent, origin: origin, rank: rank))
        waiting.append((key, depth))
    }

    private mutating func take(
        _ set: ByteString, _ kind: IndexKind, _ depth: Int, from parent: ByteString, _ origin: Origin,
        _ rank: Int
    ) {
        guard taken.insert(set) else { return }
        closure.takes.append(
            ClosureTake(
                indexKey: set, kind: kind, depth: depth, parent: parent, origin: origin, rank: rank))
    }

    private mutating func skip(_ key: ByteString) {
        if protected.insert(key) { closure.skippedProtected.append(key) }
    }

    /// Whether anything not yet visited follows.
    private func leadsOn(_ facts: Facts) -> Bool {
        facts.dependents.contains { !visited.contains($0.key) }
            || facts.recorded.contains { !taken.contains($0.indexKey) }
            || facts.tagTargets.contains { !visitedTags.contains($0.tag) } || !facts.firings.isEmpty
    }
}
