import Bytes

/// Lays out an explanation: a heading for each question, its answers indented below, the line they follow
/// from beside them.
struct ExplanationWriter {
    private let explanation: Explanation
    private var lines: [String] = []

    static func lines(for explanation: Explanation) -> [String] {
        var writer = ExplanationWriter(explanation: explanation)
        writer.write()
        return writer.lines.map(Visible.text)
    }

    private init(explanation: Explanation) { self.explanation = explanation }

    private mutating func write() {
        lines.append(explanation.key.description + (explanation.command.map { "  \($0)" } ?? ""))
        if explanation.facts.isReserved {
            lines += ["", "This key belongs to Freshet's own index: no convention applies to it."]
            return
        }
        if explanation.facts.isTruncated {
            let limit = Conventions.maxKeyBytes
            lines += [
                "",
                "This key is longer than \(limit) bytes: it is forwarded, but has no tags and no dependents.",
            ]
            return
        }
        if let command = explanation.command, !explanation.mutates {
            lines += [
                "", "\(command) does not mutate this key: it records nothing and invalidates nothing.",
            ]
            writeProtection()
            writeTags()
            return
        }
        writeProtection()
        writeTags()
        writeDependents()
        writeCascade()
        writeFirings()
        writeSchedules()
        writeRules()
    }

    private mutating func heading(_ text: String) { lines += ["", text] }

    private mutating func writeProtection() {
        heading("Protection")
        guard let protection = explanation.protection else {
            return lines.append("  none: it can be invalidated")
        }
        lines += Self.table([("protected: never recorded, never invalidated", protection)])
    }

    private mutating func writeTags() {
        heading("Tags")
        let tags = explanation.facts.tags
        if tags.isEmpty { return lines.append("  none") }
        lines += Self.table(
            tags.map { tag in
                let place: String
                if tag.isRecorded {
                    place = "recorded in freshet:tag:\(tag.name)"
                } else if explanation.facts.isProtected {
                    place = "not recorded, the key is protected"
                } else {
                    place = "computed, the tag's name tells its keys"
                }
                return ("\(tag.name)  \(place)", tag.origin)
            })
    }

    private mutating func writeDependents() {
        heading("Depends on (recorded when it is written)")
        let sets = explanation.facts.records.map(\.indexKey.description).filter {
            $0.hasPrefix("freshet:dep:")
        }
        lines += sets.isEmpty ? ["  nothing that has to be recorded"] : sets.map { "  \($0.dropFirst(12))" }
        heading("Dependents (stale as soon as it changes)")
        let facts = explanation.facts
        let rows =
            facts.dependents.map { ($0.key.description, $0.origin) }
            + facts.recorded.map { (Self.told($0.indexKey, $0.kind), $0.origin) }
            + facts.tagTargets.map { ("every key tagged \($0.tag)", $0.origin) }
        lines += rows.isEmpty ? ["  none"] : Self.table(rows)
    }

    private mutating func writeCascade() {
        let closure = explanation.closure
        let (keys, depth) = (closure.steps.count, closure.steps.map(\.depth).max() ?? 0)
        if closure.steps.isEmpty, closure.takes.isEmpty {
            heading("Cascade: nothing else goes stale")
        } else {
            let sets =
                closure.takes.isEmpty ? "" : ", and \(Self.count(closure.takes.count, "index set")) to read"
            heading("Cascade: \(Self.count(keys, "key")) by name, depth \(depth)\(sets)")
            lines.append("  \(explanation.key)")
            lines += Self.table(CascadeTree(closure).rows(below: explanation.key))
        }
        for key in closure.skippedProtected { lines.append("  left alone, protected: \(key)") }
        if closure.isTruncated {
            let rest = Self.count(closure.unexplored.count, "key")
            lines.append("  ... cut off here: the dependents of \(rest) are not shown")
        }
    }

    /// Rules whose clauses decide whether, when and how they invalidate.
    private mutating func writeFirings() {
        let firings = explanation.closure.firings
        if firings.isEmpty { return }
        heading("Rules that fire, if their conditions hold")
        for firing in firings {
            let from = firing.depth == 0 ? "" : "  when \(firing.trigger) goes stale"
            lines += Self.table([("\(firing.rule.name)\(from)", firing.rule.origin)])
            let clauses = firing.rule.clauses
            lines += clauses.when.map { "    only when \($0.text)" }
            lines += clauses.unless.map { "    not when \($0.text)" }
            lines += clauses.manner.map { "    " + $0 }
            if firing.rule.isPaused { lines.append("    it is paused: its work waits until it is resumed") }
            lines += firing.rule.targetTexts.map { "    invalidates \($0)" }
        }
    }

    private mutating func writeSchedules() {
        let schedules = explanation.schedules
        if schedules.isEmpty { return }
        heading("Schedules that invalidate it")
        lines += Self.table(schedules.map { ("\($0.name)  \($0.reason)", $0.origin) })
    }

    private mutating func writeRules() {
        let (rules, others) = (explanation.unmatchedRules, explanation.otherRuleCount)
        if rules.isEmpty, others == 0 { return }
        heading("Rules that do not fire")
        lines += Self.table(rules.map { ("\($0.name)  \($0.reason)", $0.origin) })
        if others > 0 {
            lines.append("  \(rules.isEmpty ? "" : "and ")\(Self.count(others, "unrelated rule"))")
        }
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    static func told(_ set: ByteString, _ kind: IndexKind) -> String {
        switch kind {
        case .members, .dependents: "every key recorded under \(set)"
        case .children: "every tag below, listed in \(set)"
        }
    }

    /// Rows with their origins in a column of their own, unless a row is too long for that.
    private static func table(_ rows: [(text: String, origin: Origin)]) -> [String] {
        let width = rows.map(\.text.unicodeScalars.count).filter { $0 <= 64 }.max() ?? 0
        return rows.map { row in
            let padding = String(repeating: " ", count: max(0, width - row.text.unicodeScalars.count))
            let place = row.origin.location.line == 0 ? "" : "  (\(row.origin.location.cited))"
            return "  \(row.text)\(padding)  <- \(row.origin.text)\(place)"
        }
    }
}

/// A closure as a tree: each key below the one that made it stale.
private struct CascadeTree {
    private struct Row {
        var text: String
        var origin: Origin
        var key: ByteString?
    }

    private var children: [ByteString: [Row]] = [:]

    init(_ closure: Closure) {
        for step in closure.steps {
            children[step.parent, default: []].append(
                Row(text: step.key.description, origin: step.origin, key: step.key))
        }
        for take in closure.takes {
            let text = "and " + ExplanationWriter.told(take.indexKey, take.kind)
            children[take.parent, default: []].append(Row(text: text, origin: take.origin, key: nil))
        }
    }

    func rows(below key: ByteString, indent: String = "") -> [(text: String, origin: Origin)] {
        let children = children[key] ?? []
        return children.enumerated().flatMap { index, row in
            let isLast = index == children.count - 1
            let line = (text: indent + (isLast ? "└─ " : "├─ ") + row.text, origin: row.origin)
            guard let key = row.key else { return [line] }
            return [line] + rows(below: key, indent: indent + (isLast ? "   " : "│  "))
        }
    }
}
