import App
import ArgumentParser

/// Looks at the tags of keys in a running proxy, and gives and takes them.
struct Tag: ParsableCommand {
    enum Verb: String, ExpressibleByArgument, CaseIterable { case add, del, keys, of }

    static let configuration = CommandConfiguration(
        abstract: "Look at the tags of keys, give tags to keys, and take them.",
        discussion: """
            add TAG KEY...   give a tag to keys that exist
            del TAG KEY...   take a tag that was given
            keys TAG         list the keys that carry a tag or one below it
            of KEY           list the tags of a key
            """)

    @Option(help: "Where the proxy's admin port listens: host:port, or unix:/path.") var admin =
        "127.0.0.1:6381"
    @Option(name: .customLong("db"), help: "The database; by default the proxy's invalidate-database.")
    var database: Int?
    @Argument(help: "add, del, keys or of.") var verb: Verb
    @Argument(help: "The tag and the keys.") var names: [String]

    func run() throws {
        let arguments =
            ["FRESHET", "TAG", verb.rawValue.uppercased()]
            + Terminal.verbArguments(names, options: database.map { ["DB", "\($0)"] } ?? [])
        do {
            for line in try AdminClient(admin).list(arguments) { print(line) }
        } catch let problem as AdminClient.Problem {
            Terminal.say("freshet: \(problem)\n")
            throw ExitCode.failure
        }
    }
}
