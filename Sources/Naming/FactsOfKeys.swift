public import Bytes

extension Conventions {
    /// Everything that `key`'s name implies.
    ///
    /// Allocates; ask `concerns` first. Where a tag follows from several lines it is listed once, and
    /// computed beats recorded.
    public func facts(of key: Span<UInt8>) -> Facts {
        var collector = FactsCollector(key: ByteString(key))
        collector.facts.isReserved = IndexKey.isReserved(key)
        collector.facts.isTruncated = key.count > Self.maxKeyBytes
        collector.facts.isProtected = isProtected(key)
        if collector.facts.isReserved || collector.facts.isTruncated { return collector.facts }
        for number in names.matches(key, separator: separator) {
            collect(entries[number], of: key, into: &collector)
        }
        if !collector.facts.isProtected { collector.addRecords() }
        return collector.facts
    }

    private func collect(_ entry: Entry, of key: Span<UInt8>, into collector: inout FactsCollector) {
        switch entry {
        case .tag(let index):
            guard let ranges = tags[index].pattern.match(key) else { return }
            collector.add(tags[index], named: tags[index].name.filled(from: key, ranges))
        case .dependent(let index):
            guard case .recorded(_, let record) = links[index].target,
                let ranges = links[index].dependent.match(key)
            else { return }
            collector.dependencySets.append(record.filled(from: key, ranges))
        case .source(let index):
            guard let ranges = links[index].source.match(key) else { return }
            follow(links[index], of: key, ranges, into: &collector)
        case .firing(let index):
            guard rules[index].source.match(key) != nil else { return }
            collector.facts.firings.append(Firing(rules[index], trigger: collector.facts.key, depth: 0))
        case .everything: break
        }
    }

    private func follow(
        _ link: Link, of key: Span<UInt8>, _ ranges: [Range<Int>], into collector: inout FactsCollector
    ) {
        switch step(along: link, from: key, ranges) {
        case .key(let step): collector.add(step)
        case .skipped(let name): collector.skippedProtected.append(name)
        case .set(let step): collector.add(step)
        case .tag(let step): collector.add(step)
        case .firing, .followed, nil: break
        }
    }

    /// Where one line leads from a key.
    enum NextStep {
        case key(Step)
        /// A computed dependent that is protected.
        case skipped(ByteString)
        case set(IndexStep)
        case tag(TagStep)
        case firing(Rule)
        /// A rule without clauses; what it invalidates comes as steps of its own.
        case followed(Rule)
    }

    func step(along link: Link, from key: Span<UInt8>, _ ranges: [Range<Int>]) -> NextStep? {
        switch link.target {
        case .computed(let filling):
            let name = filling.filled(from: key, ranges)
            guard !key.holdsExactly(name.span), !IndexKey.isReserved(name.span) else { return nil }
            return isProtected(name.span)
                ? .skipped(name) : .key(Step(key: name, origin: link.origin, rank: link.rank))
        case .recorded(let take, _):
            let set = take.filled(from: key, ranges)
            return .set(
                IndexStep(indexKey: set, kind: .dependents, origin: link.origin, rank: link.rank))
        case .tag(let filling):
            let tag = filling.filled(from: key, ranges)
            return .tag(TagStep(tag: tag, origin: link.origin, rank: link.rank))
        }
    }

    /// Every step that names tell from `key`, in the order of the configuration; the same one may come twice.
    func forEachStep(from key: ByteString, _ body: (NextStep) -> Void) {
        let view = key.span
        guard view.count <= Self.maxKeyBytes, !IndexKey.isReserved(view) else { return }
        for number in names.matches(view, separator: separator) {
            switch entries[number] {
            case .source(let index):
                guard let ranges = links[index].source.match(view),
                    let step = step(along: links[index], from: view, ranges)
                else { continue }
                body(step)
                if let rule = links[index].firstOf { body(.followed(rules[rule])) }
            case .firing(let index) where rules[index].source.match(view) != nil:
                body(.firing(rules[index]))
            case .firing, .tag, .dependent, .everything: continue
            }
        }
    }

    /// Every step that `rule` makes from `key`, whether or not its clauses allow it.
    func forEachStep(of rule: Rule, from key: ByteString, _ body: (NextStep) -> Void) {
        let view = key.span
        guard view.count <= Self.maxKeyBytes, !IndexKey.isReserved(view) else { return }
        for link in rule.links {
            guard let ranges = link.source.match(view), let step = step(along: link, from: view, ranges)
            else { continue }
            body(step)
        }
    }

    /// What `rule` invalidates when `key` fires it: keys, index sets and tags, each with a letter in front.
    public func targets(of rule: Rule, firedBy key: ByteString) -> [ByteString] {
        var names: [ByteString] = []
        forEachStep(of: rule, from: key) { step in
            switch step {
            case .key(let step): names.append(ByteString("k".utf8 + step.key.bytes))
            case .set(let step): names.append(ByteString("s".utf8 + step.indexKey.bytes))
            case .tag(let step): names.append(ByteString("t".utf8 + step.tag.bytes))
            case .skipped, .firing, .followed: break
            }
        }
        return names
    }

    /// `facts`, and computed dependents left out because they are protected.
    func collectedFacts(of key: ByteString) -> (facts: Facts, skippedProtected: [ByteString]) {
        let view = key.span
        guard view.count <= Self.maxKeyBytes, !IndexKey.isReserved(view) else { return (facts(of: view), []) }
        var collector = FactsCollector(key: key)
        for number in names.matches(view, separator: separator) {
            switch entries[number] {
            case .source, .firing: collect(entries[number], of: view, into: &collector)
            case .tag, .dependent, .everything: break
            }
        }
        return (collector.facts, collector.skippedProtected)
    }

    /// Whether anything goes stale with `key`, as far as names tell.
    public func leadsOn(_ key: ByteString) -> Bool {
        collectedFacts(of: key).facts.leadsOn
    }

    /// What invalidating `tag` means.
    ///
    /// Children are not included: `subKey` names the set that lists them, and each is a tag again. A tag of
    /// which no convention speaks may have been given to keys by hand, and so may any below it.
    public func tag(_ tag: ByteString) -> TagFacts {
        var result = TagFacts()
        var seen: Set<ByteString> = []
        var (isComputed, isRecorded) = (false, false)
        let view = tag.span
        for index in tagNames.matches(view, separator: separator) {
            let convention = tags[index]
            guard let ranges = convention.template.match(view) else { continue }
            if result.origins.last != convention.origin { result.origins.append(convention.origin) }
            guard let member = convention.member else {
                isRecorded = true
                continue
            }
            isComputed = true
            let key = member.filled(from: view, ranges)
            guard !IndexKey.isReserved(key.span), seen.insert(key).inserted else { continue }
            if isProtected(key.span) {
                result.skippedProtected.append(key)
            } else {
                result.keys.append(key)
            }
        }
        addChildren(of: tag, to: &result)
        if isRecorded || !isComputed { result.indexKey = IndexKey.members(of: tag) }
        if result.origins.isEmpty { result.subKey = IndexKey.children(of: tag) }
        return result
    }

    private func addChildren(of tag: ByteString, to result: inout TagFacts) {
        let below = [Symbol].bytes(tag.bytes + [TagName.levelSeparator]) + [.many]
        for convention in tags where convention.canBeBelow(tag) && convention.symbols.intersects(below) {
            result.subKey = IndexKey.children(of: tag)
            if !result.origins.contains(convention.origin) { result.origins.append(convention.origin) }
        }
    }
}

extension TagConvention {
    /// A cheap first look: whether literal beginnings agree.
    fileprivate func canBeBelow(_ tag: ByteString) -> Bool {
        guard hasLevels, case .literal(let start) = template.segments.first?.first else { return hasLevels }
        return zip(start, tag.bytes).allSatisfy(==)
    }
}

/// Gathers facts, each once.
struct FactsCollector {
    var facts: Facts
    var dependencySets: [ByteString] = []
    var skippedProtected: [ByteString] = []
    private var levelled = NameSet()
    private var keys = NameSet()

    init(key: ByteString) { facts = Facts(key: key) }

    mutating func add(_ tag: TagConvention, named name: ByteString) {
        let isRecorded = tag.isRecorded && !facts.isProtected
        if tag.hasLevels { _ = levelled.insert(name) }
        guard let place = facts.tags.firstIndex(where: { $0.name == name }) else {
            facts.tags.append(KeyTag(name: name, isRecorded: isRecorded, origin: tag.origin))
            return
        }
        if facts.tags[place].isRecorded, !isRecorded {
            facts.tags[place] = KeyTag(name: name, isRecorded: false, origin: tag.origin)
        }
    }

    mutating func add(_ step: Step) {
        if keys.insert(step.key) { facts.dependents.append(step) }
    }

    mutating func add(_ step: IndexStep) {
        if !facts.recorded.contains(where: { $0.indexKey == step.indexKey }) { facts.recorded.append(step) }
    }

    mutating func add(_ step: TagStep) {
        if !facts.tagTargets.contains(where: { $0.tag == step.tag }) { facts.tagTargets.append(step) }
    }

    /// Lists what a write owes: members of tags with their levels, then dependencies.
    mutating func addRecords() {
        func add(_ record: Record) {
            if !facts.records.contains(record) { facts.records.append(record) }
        }
        for tag in facts.tags where tag.isRecorded {
            add(Record(indexKey: IndexKey.members(of: tag.name), member: facts.key))
            guard levelled.contains(tag.name) else { continue }
            var child = tag.name
            for parent in TagName.ancestors(of: tag.name) {
                add(Record(indexKey: IndexKey.children(of: parent), member: child))
                child = parent
            }
        }
        for set in dependencySets { add(Record(indexKey: set, member: facts.key)) }
    }
}
