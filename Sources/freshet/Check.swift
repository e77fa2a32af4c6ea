import App
import ArgumentParser
import Config
import Naming

/// Reads a configuration and says what is wrong with it.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a proxy.conf; exit 0 if it is accepted, 78 if not.")

    @Argument(help: "The proxy.conf to check.") var file: String
    @Flag(help: "Count warnings as errors.") var strict = false

    func run() throws {
        let outcome = Loader.load(
            file: file, environment: Terminal.environment, inspect: SettingInspection.inspect)
        if !outcome.rendered.isEmpty { Terminal.say(outcome.rendered) }
        let problems = outcome.configuration.map(FileAccess.problems) ?? []
        for problem in problems { Terminal.say(problem + "\n") }
        let isClean = outcome.diagnostics.isEmpty && problems.isEmpty
        guard let configuration = outcome.configuration, !strict || isClean else {
            throw ExitCode(Terminal.badConfiguration)
        }
        let conventions = configuration.conventions
        print(
            "\(file) is fine: \(conventions.tagCount) tag, \(conventions.dependCount) depend, "
                + "\(conventions.ruleCount) rule, \(conventions.scheduleCount) schedule lines")
    }
}
