/// One line of the configuration, told for a listing.
public struct ConventionDescription: Sendable, Hashable {
    public var origin: Origin
    /// What follows from the line: `computed`, or where it is recorded.
    public var effects: [String]
}

extension Conventions {
    /// Every line: tags, dependencies and rules, protections, schedules, each with what it does.
    public func describe() -> [ConventionDescription] {
        var lines: [ConventionDescription] = []
        func add(_ origin: Origin, _ effect: String) {
            if let last = lines.lastIndex(where: { $0.origin == origin }) {
                lines[last].effects.append(effect)
            } else {
                lines.append(ConventionDescription(origin: origin, effects: [effect]))
            }
        }
        for tag in tags {
            let place = tag.isRecorded ? "recorded in freshet:tag:\(tag.template.text)" : "computed"
            add(tag.origin, "tag \(tag.template.text): \(place)")
        }
        for link in links {
            add(link.origin, "\(link.dependentText) on \(link.source.text): \(link.storage)")
        }
        for rule in rules {
            for clause in rule.clauses.manner { add(rule.origin, clause) }
            for condition in rule.clauses.when { add(rule.origin, "only when \(condition.text)") }
            for condition in rule.clauses.unless { add(rule.origin, "not when \(condition.text)") }
        }
        for protection in protections { add(protection.origin, "protects \(protection.pattern.text)") }
        for schedule in schedules {
            for target in schedule.targets { add(schedule.origin, target.text) }
        }
        return lines
    }
}

extension Link {
    /// Where the edge is kept.
    fileprivate var storage: String {
        switch target {
        case .computed: "computed"
        case .recorded: "recorded in freshet:dep:\(source.text)"
        case .tag: "whatever carries the tag"
        }
    }
}
