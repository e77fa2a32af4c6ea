import ArgumentParser
import App

/// The command line.
@main
struct Freshet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freshet",
        abstract: "A proxy for Redis that invalidates what has gone stale.",
        version: "freshet \(Version.number)",
        subcommands: [
            Serve.self, Check.self, Explain.self, Invalidate.self, Tag.self, Rule.self, Schedule.self,
            ConfigCommand.self,
            Index.self, Queue.self, DeadLetters.self, Audit.self, Metrics.self, Reference.self,
        ])
}
