import Bytes
import Naming

extension Directive {
    static let invalidation: [Directive] = [
        scalar(
            "mode", \.mode, .choice, in: .invalidation, reloadable: true,
            help: "With observe, everything happens but the deleting: the proxy records, plans and audits "
                + "what it would have invalidated. Start there, read the audit, then enforce.",
            example: "mode observe"),
        scalar(
            "cascade", \.cascade, .choice, in: .invalidation, reloadable: true,
            help: "With before-reply, the client's reply is held until the inline part of the cascade is "
                + "done, so that who wrote sees no stale value afterwards. With after-reply it is not "
                + "held.",
            example: "cascade after-reply"),
        scalar(
            "cascade-deadline", \.cascadeDeadline, .duration(.milliseconds(1)...(.seconds(60))),
            in: .invalidation,
            reloadable: true,
            help: "How long a reply may be held for its cascade. Then the reply leaves and the rest "
                + "continues behind it.",
            example: "cascade-deadline 100ms"),
        scalar(
            "cascade-max-depth", \.cascadeMaxDepth, .count(1...1000, unit: "levels"), in: .invalidation,
            reloadable: true,
            help:
                "How many levels of dependents one mutation invalidates inline. What lies deeper goes to the "
                + "engine, in the background.",
            example: "cascade-max-depth 8"),
        scalar(
            "cascade-max-keys", \.cascadeMaxKeys, .count(1...1_000_000, unit: "keys"), in: .invalidation,
            reloadable: true,
            help: "How many keys one cascade invalidates inline. The rest goes to the engine, in the "
                + "background.",
            example: "cascade-max-keys 200"),
        scalar(
            "cascade-step-keys", \.cascadeStepKeys, .count(1...100_000, unit: "keys"), in: .invalidation,
            reloadable: true,
            help: "How many members one script call takes from an index set and unlinks. 500 keep such a "
                + "call under a millisecond of Redis's time.",
            example: "cascade-step-keys 250"),
        scalar(
            "scripts", \.scripts, .choice, in: .invalidation, reloadable: true,
            help: "With declared-keys, EVAL, EVALSHA and FCALL count as a write of each declared key "
                + "unless the script is read-only; keys that a script does not declare are not seen. With "
                + "deny they are refused.",
            example: "scripts deny"),
        scalar(
            "invalidate-database", \.invalidateDatabase, .count(0...0xffff, unit: "databases"),
            in: .invalidation, reloadable: true,
            help: "The database that FRESHET INVALIDATE, TTL and TAG mean when neither DB nor SELECT names "
                + "one. Set it where applications keep their cache in another than 0; the answer says which "
                + "it was.",
            example: "invalidate-database 1"),
        deny,
    ]

    private static let deny = Directive(
        name: "deny", section: .invalidation, kind: .list, arguments: "COMMAND...", unit: nil,
        isReloadable: true,
        help: "Commands that the proxy refuses instead of forwarding, a subcommand as CONFIG|SET. Lines "
            + "add up; \"\" empties the list. Redis's own ACL remains the stronger fence: it also holds "
            + "for who connects directly.",
        example: "deny DEBUG SHUTDOWN CONFIG|SET",
        binding: Binding(
            arity: 1...1000,
            set: { settings, words throws(Diagnostic) in try addDenied(words, to: &settings) },
            show: { settings, _ in
                settings.deny.isEmpty ? ["\"\""] : [settings.deny.map(\.text).joined(separator: " ")]
            },
            isEqual: { $0.deny == $1.deny },
            copy: { $1.deny = $0.deny },
            clear: { $0.deny = [] }))

    private static func addDenied(_ words: [Word], to settings: inout Settings) throws(Diagnostic) {
        if words.count == 1, words[0].text.isEmpty {
            settings.deny = []
            return
        }
        for word in words {
            guard !word.text.isEmpty, word.text.count <= 128, word.text.bytes.allSatisfy(isCommandByte) else {
                throw word.unexpected("a command such as DEBUG or CONFIG|SET")
            }
            let command = ByteString(word.text.bytes.map(ASCII.uppercased))
            if !settings.deny.contains(command) { settings.deny.append(command) }
        }
    }

    /// Letters, digits and what module commands and subcommands use: `- . _ |`.
    private static func isCommandByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7c: true
        default: false
        }
    }
}
