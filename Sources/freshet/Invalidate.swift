import App
import ArgumentParser

/// Asks a running proxy to invalidate something.
struct Invalidate: ParsableCommand {
    enum Kind: String, ExpressibleByArgument, CaseIterable { case key, tag, related }

    static let configuration = CommandConfiguration(
        abstract: "Ask a running proxy to invalidate keys, tags, or what depends on keys.")

    @Option(help: "Where the proxy's admin port listens: host:port, or unix:/path.") var admin =
        "127.0.0.1:6381"
    @Option(name: .customLong("db"), help: "The database.") var database = 0
    @Flag(help: "Remove nothing, only tell what would be removed.") var dryRun = false
    @Argument(help: "What the names are: key, tag or related.") var kind: Kind
    @Argument(help: "The names.") var names: [String]

    func run() throws {
        var arguments =
            ["FRESHET", "INVALIDATE", kind.rawValue.uppercased()] + names + ["DB", "\(database)"]
        if dryRun { arguments.append("DRYRUN") }
        do {
            for line in try AdminClient(admin).call(arguments) { print(line) }
        } catch {
            Terminal.say("freshet: \(error)\n")
            throw ExitCode.failure
        }
    }
}
