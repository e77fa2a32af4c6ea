import Bytes
import Naming

extension Frontier {
    /// What each of `rules` leads to, and the rest.
    ///
    /// What follows from a part goes with it. Roots have no origin: they stay with the rest unless they are
    /// part of what a rule leads to.
    func split(by rules: Set<String>) -> (parts: [String: Frontier], rest: Frontier) {
        var parts: [String: Frontier] = [:]
        var rest = Frontier()
        rest.lineage = lineage
        var owner: [ByteString: String] = [:]
        func rule(_ name: String?, _ parent: ByteString) -> String? {
            if let name, rules.contains(name) { return name }
            return owner[parent]
        }
        for step in steps.sorted(by: { $0.depth < $1.depth }) {
            guard let rule = rule(step.origin?.ruleName, step.parent) else {
                rest.steps.append(step)
                continue
            }
            owner[step.key] = rule
            parts[rule, default: Frontier()].steps.append(step)
        }
        for take in takes {
            guard let rule = rule(take.origin?.ruleName, take.parent) else {
                rest.takes.append(take)
                continue
            }
            parts[rule, default: Frontier()].takes.append(take)
        }
        for root in roots {
            if let rule = owner[root.key] {
                parts[rule, default: Frontier()].roots.append(root)
            } else {
                rest.roots.append(root)
            }
        }
        for firing in firings {
            if let rule = rule(firing.rule.name, firing.trigger) {
                parts[rule, default: Frontier()].firings.append(firing)
            } else {
                rest.firings.append(firing)
            }
        }
        return (parts, rest)
    }
}
