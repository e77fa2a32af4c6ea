import Bytes
import Config
import Naming

/// What holds of the conventions of any accepted configuration, for any name.
enum CascadeProperties {
    static let all = [
        Property("what concerns nobody owes nothing", concernsExactly),
        Property("a key whose tag is computed is among the tag's keys", computedTagsAreFound),
        Property("a cascade stays within its limits, and leaves alone what it must", staysWithinLimits),
        Property("an explanation can be shown on a terminal", explains),
    ]

    private static func check(
        _ input: [UInt8], _ problem: (Conventions, ByteString) -> String?
    ) -> String? {
        guard let conventions = LoadedConfiguration.of(input)?.outcome.configuration?.conventions else {
            return nil
        }
        for name in LoadedConfiguration.names(in: input) {
            if let found = problem(conventions, name) { return "'\(name)': \(found)" }
        }
        return nil
    }

    private static func concernsExactly(_ input: [UInt8]) -> String? {
        check(input) { conventions, name in
            let facts = conventions.facts(of: name.span)
            if facts.isReserved != Conventions.isReserved(name.span) { return "reserved, or not" }
            if facts.isProtected != conventions.isProtected(name.span) { return "protected, or not" }
            let owes =
                !facts.records.isEmpty || !facts.dependents.isEmpty || !facts.recorded.isEmpty
                || !facts.tagTargets.isEmpty || !facts.firings.isEmpty
            if owes, !conventions.concerns(name.span) { return "\(facts)" }
            if facts.isProtected, !facts.records.isEmpty { return "protected, and recorded" }
            return facts.isReserved && owes ? "a key of the index owes something" : nil
        }
    }

    private static func computedTagsAreFound(_ input: [UInt8]) -> String? {
        check(input) { conventions, name in
            let facts = conventions.facts(of: name.span)
            for tag in facts.tags where !tag.isRecorded && !facts.isProtected {
                let members = conventions.tag(tag.name)
                if !members.keys.contains(name) { return "not among \(members.keys) of \(tag.name)" }
            }
            return nil
        }
    }

    private static func staysWithinLimits(_ input: [UInt8]) -> String? {
        check(input) { conventions, name in
            for (depth, keys) in [(1, 1), (3, 4), (32, 200)] {
                let closure = conventions.closure(of: [name], maxDepth: depth, maxKeys: keys)
                if let found = problem(closure, of: name, conventions, depth, keys) { return found }
            }
            return nil
        }
    }

    private static func problem(
        _ closure: Closure, of name: ByteString, _ conventions: Conventions, _ depth: Int, _ keys: Int
    ) -> String? {
        var depths: [ByteString: Int] = [name: 0]
        for step in closure.steps {
            guard let above = depths[step.parent], step.depth == above + 1, step.depth <= depth else {
                return "\(step) at a depth of \(depths[step.parent] ?? -1), limit \(depth)"
            }
            if depths.updateValue(step.depth, forKey: step.key) != nil { return "twice: \(step.key)" }
            if Conventions.isReserved(step.key.span) { return "of the index: \(step.key)" }
            if conventions.isProtected(step.key.span) { return "protected: \(step.key)" }
        }
        // The direct dependents of one key are never cut in half.
        let parent = closure.steps.last?.parent
        let before = closure.steps.count { $0.parent != parent }
        if closure.steps.count > keys, before >= keys { return "\(closure.steps.count) keys, limit \(keys)" }
        for take in closure.takes where !Conventions.isReserved(take.indexKey.span) { return "\(take)" }
        return closure.isTruncated == closure.unexplored.isEmpty ? "truncated, or not" : nil
    }

    private static func explains(_ input: [UInt8]) -> String? {
        check(input) { conventions, name in
            let lines = conventions.explain(key: name, command: "SET").lines
            for line in lines where line.contains("\n") { return "a line of several: \(line)" }
            return TerminalText.problem(in: lines.joined(separator: "\n"))
        }
    }
}
