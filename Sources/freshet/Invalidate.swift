import App
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Asks a running proxy to invalidate something.
struct Invalidate: ParsableCommand {
    enum Kind: String, ExpressibleByArgument, CaseIterable { case key, tag, related, pattern, expr }

    static let configuration = CommandConfiguration(
        abstract: "Ask a running proxy to invalidate keys, tags, or what depends on keys.",
        discussion: """
            On a terminal a bar shows how far it is. Times are written as 500ms, 30s, 5m or 1h. \
            A name that looks like an option goes behind --, after all options.
            """)

    @Option(help: "Where the proxy's admin port listens: host:port, or unix:/path.") var admin =
        "127.0.0.1:6381"
    @Option(name: .customLong("db"), help: "The database; by default the proxy's invalidate-database.")
    var database: Int?
    @Flag(help: "Remove nothing, only tell what would be removed.") var dryRun = false
    @Option(help: "Let the keys expire within this time instead of removing them.") var softly: String?
    @Option(help: "Spread the work over this time.") var over: String?
    @Flag(help: "Accept a pattern that matches every key.") var force = false
    @Flag(help: "With related: the keys themselves as well.") var withSelf = false
    @Flag(help: "Do not wait for the end: print the number of the work.") var async = false
    @Flag(inversion: .prefixedNo, help: "Show how far it is; by default on a terminal.")
    var progress: Bool?
    @Argument(help: "What the names are: key, tag, related, pattern or expr.") var kind: Kind
    @Argument(help: "The names; one pattern, or one expression.") var names: [String]

    func run() throws {
        let follows = !dryRun && !async && (progress ?? ProgressBar.isShown)
        let arguments =
            ["FRESHET", "INVALIDATE", kind.rawValue.uppercased()]
            + Terminal.verbArguments(names, options: options + (async || follows ? ["ASYNC"] : []))
        do {
            let client = try AdminClient(admin)
            let lines = try client.call(arguments)
            guard follows, let number = Self.value("queued", lines) else {
                for line in lines { print(line) }
                return
            }
            try follow(number, client)
        } catch let problem as AdminClient.Problem {
            Terminal.say("freshet: \(problem)\n")
            throw ExitCode.failure
        }
    }

    /// The options as the verb writes them, but for ASYNC.
    private var options: [String] {
        var options: [String] = []
        if let database { options += ["DB", "\(database)"] }
        if dryRun { options.append("DRYRUN") }
        if let softly { options += ["SOFTLY", softly] }
        if let over { options += ["OVER", over] }
        if force { options.append("FORCE") }
        if withSelf { options.append("WITHSELF") }
        return options
    }

    /// Shows how far the work is until it has ended, or waits for somebody.
    private func follow(_ number: String, _ client: AdminClient) throws {
        var bar = ProgressBar()
        while true {
            let lines = try client.call(["FRESHET", "INVALIDATE", "PROGRESS", number])
            let state = Self.value("state", lines) ?? ""
            switch state {
            case "done", "failed":
                bar.end()
                for line in lines where !line.hasPrefix("state:") { print(line) }
                if state == "failed" { throw ExitCode.failure }
                return
            case "paused", "held", "dead":
                bar.end()
                print("state: \(state)")
                print("queued: \(number)")
                return
            default:
                bar.show(
                    done: Self.number("reached", lines) ?? 0, expected: Self.number("expected", lines),
                    keysPerSecond: Self.number("keys-per-second", lines),
                    etaSeconds: Self.number("eta-seconds", lines), state: state)
                usleep(100_000)
            }
        }
    }

    private static func value(_ name: String, _ lines: [String]) -> String? {
        lines.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }

    private static func number(_ name: String, _ lines: [String]) -> Int? {
        value(name, lines).flatMap { Int($0) }
    }
}
