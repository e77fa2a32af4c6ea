import App
import ArgumentParser
import Config

/// Runs the proxy in the foreground.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the proxy in the foreground, with its log on standard error.",
        usage: "freshet serve [FILE] [--directive value ...]",
        discussion: """
            FILE is a proxy.conf; without one every directive has its default. What follows FILE overrides \
            it, as redis-server takes them: freshet serve proxy.conf --listen 127.0.0.1:7000 --mode observe
            """)

    @Argument(parsing: .captureForPassthrough, help: "A proxy.conf, and directives that override it.")
    var arguments: [String] = []

    func run() throws {
        if arguments.contains("--help") || arguments.contains("-h") { throw CleanExit.helpRequest(self) }
        Signals.hold()
        let file = arguments.first.flatMap { $0.hasPrefix("--") ? nil : $0 }
        guard let overrides = Override.parse(Array(arguments.dropFirst(file == nil ? 0 : 1))) else {
            throw ValidationError(
                "expected directives such as --listen after the file, found '\(arguments[1])'")
        }
        let environment = Terminal.environment
        let load: @Sendable () -> Loader.Outcome = {
            Loader.load(
                file: file, overrides: overrides, environment: environment, inspect: SettingInspection.inspect
            )
        }
        let outcome = load()
        if !outcome.rendered.isEmpty { Terminal.say(outcome.rendered) }
        guard let configuration = outcome.configuration else { throw ExitCode(Terminal.badConfiguration) }
        do {
            try Application(configuration, load: load).run()
        } catch {
            Terminal.say("freshet: cannot start: \(error)\n")
            throw ExitCode.failure
        }
    }
}
