import Bytes
import Config
import Naming

/// What holds of rules given at run time, whatever an operator types.
enum RuleProperties {
    static let all = [
        Property("a rule that is kept reads the same again", survives),
        Property("a book of rules made of anything can be written and read again", books),
        Property("a firing reads the same from its bytes", firings),
    ]

    private static func survives(_ input: [UInt8]) -> String? {
        for line in input.split(separator: ASCII.lineFeed).prefix(20) {
            guard let words = try? RuleBook.words([ByteString(Array(line))]), !words.isEmpty,
                let book = try? RuleBook().setting(words)
            else { continue }
            guard let entry = book.entries.first else { return "lost: \(words)" }
            if entry.line.words.map(\.text) != words { return "\(words) became \(entry.line.text)" }
        }
        return nil
    }

    private static func books(_ input: [UInt8]) -> String? {
        let book = RuleBook(text: input)
        let again = RuleBook(text: book.text)
        if !again.problems.isEmpty { return "\(again.problems)" }
        if again.paused != book.paused { return "paused \(again.paused), not \(book.paused)" }
        return again.entries.map(\.line.text) == book.entries.map(\.line.text) ? nil : "other rules"
    }

    private static func firings(_ input: [UInt8]) -> String? {
        guard let conventions = LoadedConfiguration.of(input)?.outcome.configuration?.conventions else {
            return nil
        }
        for rule in conventions.rules {
            let firing = Firing(rule, trigger: ByteString(Array(input.prefix(40))), depth: input.count)
            var writer = ByteWriter()
            firing.write(to: &writer)
            for others in [conventions, Conventions.empty] {
                var reader = ByteReader(writer.bytes)
                guard let again = try? Firing(from: &reader, others), reader.isAtEnd else {
                    return "unreadable: \(rule.origin.text)"
                }
                if again.rule.clauses != rule.clauses || again.trigger != firing.trigger {
                    return "another: \(again)"
                }
            }
        }
        return nil
    }
}
