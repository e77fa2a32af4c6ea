import App
import ArgumentParser

/// Shows invalidations that failed for good, tries them again, or drops them.
struct DeadLetters: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq", abstract: "Look after invalidations that failed for good.",
        subcommands: [List.self, Show.self, Retry.self, Drop.self], defaultSubcommand: List.self)

    /// Which of them are meant.
    struct Filters: ParsableArguments {
        @Option(help: "Only those of a rule.") var rule: String?
        @Option(help: "Only those whose error contains a text.") var error: String?
        @Option(help: "Only those of primary or fallback.") var side: String?
        @Option(help: "Only those no older than a duration such as 5m.") var since: String?
        @Option(help: "Only those with a key that matches a pattern.") var match: String?
        @Option(help: "At most so many.") var limit: Int?

        var words: [String] {
            let filters = [
                ("RULE", rule), ("ERROR", error), ("SIDE", side), ("SINCE", since), ("MATCH", match),
                ("LIMIT", limit.map(String.init)),
            ]
            return filters.flatMap { name, value in value.map { [name, $0] } ?? [] }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List dead letters.")
        @OptionGroup var admin: AdminOptions
        @OptionGroup var filters: Filters

        func run() throws {
            try admin.asking {
                let client = try AdminClient(admin.admin)
                let entries = try client.value(["FRESHET", "DLQ", "LIST"] + filters.words).elements
                if admin.json {
                    for entry in entries { print(entry.jsonObject) }
                } else if entries.isEmpty {
                    print("no dead letters")
                } else {
                    for line in QueueTable.lines(entries) { print(line) }
                }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one dead letter with its cause.")
        @OptionGroup var admin: AdminOptions
        @Argument(help: "Its id.") var id: Int

        func run() throws {
            try admin.asking {
                let client = try AdminClient(admin.admin)
                let entry = try client.value(["FRESHET", "DLQ", "SHOW", "\(id)"])
                if admin.json { return print(entry.jsonObject) }
                for field in entry.fields { print("\(field.name): \(field.value.text)") }
            }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Try dead letters again.")
        @OptionGroup var meant: Meant

        func run() throws { try meant.ask("RETRY", "tried again") }
    }

    struct Drop: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget dead letters: what they should have invalidated stays.")
        @OptionGroup var meant: Meant

        func run() throws { try meant.ask("DROP", "dropped") }
    }

    /// One by its id, all, or those that filters pick.
    struct Meant: ParsableArguments {
        @OptionGroup var admin: AdminOptions
        @OptionGroup var filters: Filters
        @Flag(help: "All of them.") var all = false
        @Argument(help: "The id of one.") var id: Int?

        func validate() throws {
            let ways = [all, id != nil, !filters.words.isEmpty].count { $0 }
            guard ways == 1 else { throw ValidationError("expected an id, --all, or filters") }
        }

        func ask(_ verb: String, _ word: String) throws {
            let which = all ? ["ALL"] : id.map { ["\($0)"] } ?? filters.words
            try admin.asking {
                let count = try AdminClient(admin.admin).value(["FRESHET", "DLQ", verb] + which).text
                print(admin.json ? "{\"count\":\(count)}" : "\(count) \(word)")
            }
        }
    }
}
