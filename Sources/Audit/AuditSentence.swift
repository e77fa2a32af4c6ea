public import Bytes

extension AuditEntry {
    /// One line that says what became of `key` and why, or of the record as a whole without one.
    ///
    /// `2026-... page:en:product:42 removed: built from product:42:price (depend ... proxy.conf:31),
    /// which was SET by app@10.0.0.5:5123`. What is not printable ASCII is escaped, so that the line is safe
    /// in a terminal.
    public func sentence(about key: ByteString? = nil) -> String {
        let subject = key ?? self.key ?? targets.first?.key
        guard let subject else { return [Self.safe(time), Self.safe(kind), summary].joined(separator: " ") }
        if let target = targets.first(where: { $0.key == subject }) {
            return "\(Self.safe(time)) \(subject) \(fate): \(reason(target))\(ending)"
        }
        return "\(Self.safe(time)) \(subject) \(action)\(ending)"
    }

    private static let stepLimit = 64

    /// Follows the target back to the key that was mutated.
    private func reason(_ target: Target) -> String {
        var steps: [String] = []
        var current = target
        while steps.count < Self.stepLimit, !current.from.isEmpty {
            let convention =
                current.why.isEmpty ? "" : " (\(Self.safe(current.why)) \(Self.safe(current.line)))"
            steps.append("built from \(current.from)\(convention)")
            guard current.from != key, let parent = targets.first(where: { $0.key == current.from }),
                parent.depth < current.depth
            else { break }
            current = parent
        }
        let cause = steps.isEmpty ? action : steps.joined(separator: ", which was ") + ", which \(action)"
        return cause
    }

    /// What was done to the mutated key, and by whom.
    private var action: String {
        let who = actor.map { " by " + Self.safe($0) } ?? ""
        if let command { return "was " + Self.safe(command) + who }
        let why = cause.map { " (" + Self.safe($0) + ")" } ?? ""
        return "was named by " + Self.safe(kind) + who + why
    }

    private var fate: String {
        switch outcome {
        case "observed": "would have been removed (observe mode)"
        case "failed": "was to be removed and was not"
        case "unknown": "removed or not, unknown"
        default: "removed"
        }
    }

    private var ending: String {
        error.map { "; error: " + Self.safe($0) } ?? ""
    }

    private var summary: String {
        let parts = [
            cause.map(Self.safe), count.map { "count=\($0)" }, outcome.map(Self.safe), error.map(Self.safe),
        ]
        return parts.compactMap { $0 }.joined(separator: " ")
    }

    private static func safe(_ text: String) -> String { ByteString(text).description }
}
