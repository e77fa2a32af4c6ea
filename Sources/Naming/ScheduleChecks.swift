import Bytes

/// Refuses targets of schedules that cannot be invalidated, and those that mean every key.
struct ScheduleCheck {
    private let set: ConventionSet

    init(_ set: ConventionSet) { self.set = set }

    func run() -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for schedule in set.schedules {
            for (target, place) in zip(schedule.targets, schedule.targetPlaces) {
                if let problem = problem(with: target) { diagnostics.append(.error(place, problem)) }
                if let doubt = doubt(about: target) { diagnostics.append(.warning(place, doubt)) }
            }
        }
        return diagnostics
    }

    private func problem(with target: Schedule.Target) -> String? {
        switch target {
        case .key(let key):
            if IndexKey.isReserved(key.span) {
                return "'\(key)' names Freshet's own index, which is off limits; choose other keys"
            }
            return set.protections.first { $0.pattern.match(key.span) != nil }.map { protection in
                "'\(key)' is protected at \(protection.location.cited), so nothing invalidates it;"
                    + " remove it here"
            }
        case .pattern(let keys):
            if IndexKey.isReserved(keys.pattern.literalPrefix.span) {
                return "'\(keys.text)' names Freshet's own index, which is off limits; choose other keys"
            }
            if set.allowBroad || keys.pattern.hasLiteral { return nil }
            return "'\(keys.text)' could match every key, so each run could invalidate all of them; give it a"
                + " literal, or set 'allow-broad yes'"
        case .tag: return nil
        }
    }

    /// A tag that no line gives to any key.
    private func doubt(about target: Schedule.Target) -> String? {
        guard case .tag(let tag) = target else { return nil }
        let isKnown = set.tags.contains { convention in
            let start = ByteString(convention.template.literalPrefix)
            let isBelow = convention.hasLevels && TagName.ancestors(of: start).contains(tag)
            // What its captures bind, nobody knows: any tag may be above such a one.
            let mayBeBelow = convention.hasLevels && !convention.template.captures.isEmpty
            return isBelow || mayBeBelow || convention.template.match(tag.span) != nil
        }
        if isKnown { return nil }
        return "no 'tag' line gives the tag '\(tag)', so only keys that were given it by hand are invalidated"
    }
}

extension Schedule.Target {
    /// How the target reads in a configuration.
    public var text: String {
        switch self {
        case .key(let key): key.description
        case .tag(let tag): "tag:\(tag)"
        case .pattern(let keys): "pattern:\(keys.text)"
        }
    }
}

extension Conventions {
    /// The schedules that invalidate `key` by its name, each with the target under which it falls.
    func schedules(naming key: ByteString) -> [ScheduledKey] {
        if schedules.isEmpty || isProtected(key.span) { return [] }
        let tags = facts(of: key.span).tags
        return schedules.compactMap { schedule in
            for target in schedule.targets {
                guard let reason = reason(for: target, key, tags) else { continue }
                return ScheduledKey(name: schedule.name, reason: reason, origin: schedule.origin)
            }
            return nil
        }
    }

    private func reason(for target: Schedule.Target, _ key: ByteString, _ tags: [KeyTag]) -> String? {
        switch target {
        case .key(let name): return name == key ? "by its name" : nil
        case .pattern(let keys): return keys.matches(key) ? "matches \(keys.text)" : nil
        case .tag(let tag):
            let carried = tags.first { $0.name == tag || TagName.ancestors(of: $0.name).contains(tag) }
            return carried.map { $0.name == tag ? "carries \(tag)" : "carries \($0.name), below \(tag)" }
        }
    }
}
