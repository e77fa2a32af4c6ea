public import Bytes

extension AuditEntry {
    /// One line that says what became of `key` and why, or of the record as a whole without one.
    ///
    /// `2026-... page:en:product:42 removed: built from product:42:price (depend ... proxy.conf:31),
    /// which was SET by app@10.0.0.5:5123`. What is not harmless text is escaped, so that the line is safe in
    /// a terminal. A key is found where the log has it hashed, too.
    public func sentence(about key: ByteString? = nil) -> String {
        let subject = key ?? self.key ?? targets.first?.key
        guard let subject else { return [Self.safe(time), Self.safe(kind), summary].joined(separator: " ") }
        let names = RecordEncoder.names(of: subject)
        if let target = targets.first(where: { names.contains($0.key) }) {
            return "\(Self.safe(time)) \(subject) \(fate(of: target)): \(reason(target))\(ending)"
        }
        if unlisted > 0, self.key.map(names.contains) != true {
            return "\(Self.safe(time)) \(subject) \(doubt(subject)): \(cause(of: self.key))\(ending)"
        }
        return "\(Self.safe(time)) \(subject) \(action)\(ending)"
    }

    /// The key is not listed, but there were more than are.
    private func doubt(_ subject: ByteString) -> String {
        let first = Self.head(subject)
        let isLike = targets.contains { Self.head($0.key) == first }
        return "may be among \(unlisted) more keys that the record does not list"
            + (isLike || targets.isEmpty ? "" : ", though none that it lists is like it")
    }

    /// What stands before the first colon.
    private static func head(_ key: ByteString) -> ArraySlice<UInt8> { key.bytes.prefix { $0 != 0x3a } }

    private func cause(of key: ByteString?) -> String { key.map { "\($0) \(action)" } ?? action }

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
        if let command, outcome == "refused" {
            return "was not changed: " + Self.safe(command) + who + " was refused"
        }
        if let command { return "was " + Self.safe(command) + who }
        let why = cause.map { " (" + Self.safe($0) + ")" } ?? ""
        return "was named by " + Self.safe(kind) + who + why
    }

    /// What became of the key, and no more than is known.
    private func fate(of target: Target) -> String {
        switch (outcome, target.fate ?? fateOfAll) {
        case ("observed", "absent"): "was not there (observe mode)"
        case ("observed", _): "would have been removed (observe mode)"
        case (_, "absent"): "was named, but was not there"
        case (_, "done"?): done
        case ("failed", _): "was to be removed and was not"
        case ("unknown", _): "removed or not, unknown"
        default: "was named, and may not have been there (\(deleted ?? 0) of \(targetCount) were)"
        }
    }

    /// What became of every key, where their number tells.
    private var fateOfAll: String? {
        guard let deleted, outcome != "failed", outcome != "unknown" else { return nil }
        if deleted == 0, outcome != "truncated" { return "absent" }
        return deleted == targetCount ? "done" : nil
    }

    private var done: String {
        if let softlyMilliseconds { return "was let expire within \(Self.time(softlyMilliseconds))" }
        if let expiryMilliseconds { return "was given \(Self.time(expiryMilliseconds)) to live" }
        return "removed"
    }

    private static func time(_ milliseconds: Int) -> String {
        milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
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
