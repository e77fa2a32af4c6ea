import App
import ArgumentParser

/// Sets, lists, pauses and tests rules of a running proxy.
struct Rule: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule", abstract: "Set, delete, list, pause, resume and test rules of a running proxy.",
        subcommands: [Set.self, Delete.self, List.self, Pause.self, Resume.self, Test.self],
        defaultSubcommand: List.self)

    /// Where the proxy is.
    struct Proxy: ParsableArguments {
        @Option(help: "Where the proxy's admin port listens: host:port, or unix:/path.") var admin =
            "127.0.0.1:6381"

        func run(_ arguments: [String]) throws {
            try asking { client in try client.call(["FRESHET", "RULE"] + arguments) }
        }

        /// Prints the lines of an answer.
        func asking(_ lines: (AdminClient) throws -> [String]) throws {
            do {
                for line in try lines(AdminClient(admin)) { print(line) }
            } catch {
                Terminal.say("freshet: \(error)\n")
                throw ExitCode.failure
            }
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a rule, or change one that was set at run time.")
        @OptionGroup var proxy: Proxy
        @Argument(
            parsing: .remaining, help: "The rule as in proxy.conf: NAME on PATTERN invalidate TARGET...")
        var words: [String]

        func run() throws { try proxy.run(["SET"] + words) }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "del", abstract: "Delete a rule that was set at run time.")
        @OptionGroup var proxy: Proxy
        @Argument(help: "The rule's name.") var name: String

        func run() throws { try proxy.run(["DEL", name]) }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the rules, with their state and how often they fired.")
        @OptionGroup var admin: AdminOptions

        func run() throws {
            try admin.asking {
                let rules = try AdminClient(admin.admin).value(["FRESHET", "RULE", "LIST"]).elements
                let columns = ["name", "state", "fired", "refused", "waiting", "last-fired", "line"]
                if admin.json {
                    for rule in rules { print(rule.jsonObject) }
                } else if rules.isEmpty {
                    print("there are no rules")
                } else {
                    for line in ScheduleList.table(rules, columns) { print(line) }
                }
            }
        }
    }

    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue a rule's work instead of doing it.")
        @OptionGroup var proxy: Proxy
        @Argument(help: "The rule's name.") var name: String

        func run() throws { try proxy.run(["PAUSE", name]) }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a paused rule go on, and do what has gathered, or forget it.")
        @OptionGroup var proxy: Proxy
        @Flag(help: "Forget what has gathered instead of doing it.") var discard = false
        @Argument(help: "The rule's name.") var name: String

        func run() throws { try proxy.run(["RESUME", name, discard ? "DISCARD" : "DRAIN"]) }
    }

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell what a mutation of a key would do by a rule, without doing it.")
        @OptionGroup var proxy: Proxy
        @Argument(help: "The rule's name, or a whole rule in quotes.") var rule: String
        @Argument(help: "The key.") var key: String
        @Argument(help: "The command that mutates it, such as SET.") var command: String?

        func run() throws {
            try proxy.asking { client in
                try client.list(["FRESHET", "RULE", "TEST", rule, key] + (command.map { [$0] } ?? []))
            }
        }
    }
}
