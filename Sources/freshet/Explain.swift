import Admin
import ArgumentParser
import Bytes
import Config

/// Says what a key's name implies, without any server.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell which tags and dependents a key has, what a mutation of it would invalidate, and why."
    )

    @Option(help: "The proxy.conf whose conventions apply.") var config = "proxy.conf"
    @Argument(help: "The name of a key.") var key: String
    @Argument(help: "The command that mutates it, such as SET.") var command: String?

    func run() throws {
        let outcome = Loader.load(file: config, environment: Terminal.environment)
        guard let configuration = outcome.configuration else {
            Terminal.say(outcome.rendered)
            throw ExitCode(Terminal.badConfiguration)
        }
        let lines = KeyExplanation.lines(
            key: ByteString(key), command: command.map { ByteString($0) }, configuration.conventions)
        for line in lines { print(line) }
    }
}
