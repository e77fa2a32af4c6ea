import ArgumentParser
import Config

/// Shows the configuration in force.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show a configuration.", subcommands: [Show.self])

    /// Lists every directive with its value, its default and where the value comes from; secrets as `***`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List every directive with its value, default and origin.")

        @Argument(help: "The proxy.conf; without one, the defaults.") var file: String?

        func run() throws {
            let outcome = Loader.load(file: file, environment: Terminal.environment)
            if !outcome.rendered.isEmpty { Terminal.say(outcome.rendered) }
            guard let configuration = outcome.configuration else { throw ExitCode(Terminal.badConfiguration) }
            for row in configuration.effective() {
                let reload = row.isReloadable ? "reloadable" : "needs a restart"
                print("\(row.name) \(row.value)  (default \(row.defaultValue); \(row.origin); \(reload))")
            }
        }
    }
}
