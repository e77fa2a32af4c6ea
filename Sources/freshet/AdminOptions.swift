import ArgumentParser

/// Where the proxy is, and how to print what it says.
struct AdminOptions: ParsableArguments {
    @Option(help: "Where the proxy's admin port listens: host:port, or unix:/path.")
    var admin = "127.0.0.1:6381"
    @Flag(help: "Print one JSON object a line.") var json = false

    /// Runs `body`; a problem goes to standard error and ends the command.
    func asking(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            Terminal.say("freshet: \(error)\n")
            throw ExitCode.failure
        }
    }
}
