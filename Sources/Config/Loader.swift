import Bytes
public import Naming

/// Turns proxy.conf, environment and command line into a `Configuration`.
///
/// The command line wins over `FRESHET_*` variables, those over the file, the file over the defaults.
/// Everything that is wrong is reported in one run.
public enum Loader {
    /// What loading gives: a configuration, or the errors why not; warnings in either case.
    public struct Outcome: Sendable {
        /// Nil when any diagnostic is an error.
        public let configuration: Configuration?
        /// In the order of the files and their lines.
        public let diagnostics: [Diagnostic]
        /// What the diagnostics point into.
        public let sources: Sources

        /// The diagnostics as text for a terminal or a log; empty when there are none.
        public var rendered: String { render(diagnostics, sources: sources) }
    }

    /// Loads `file`, or only defaults, environment and overrides when it is nil.
    ///
    /// `${VAR}` in the file reads `environment`, and so do the variables named for scalar directives:
    /// `FRESHET_LOG_LEVEL`.
    ///
    /// `inspect` adds what other parts of the program find wrong with the settings.
    public static func load(
        file: String?, overrides: [Override] = [], environment: [String: String] = [:],
        inspect: @Sendable (Settings) -> [SettingProblem] = { _ in [] }
    ) -> Outcome {
        var reading = Reading(environment: environment)
        if let file { reading.readFile(file, askedAt: nil) }
        return reading.finish(overrides, inspect)
    }

    /// Loads `text` as the content of a file called `name`; relative includes start at that name's directory.
    public static func load(
        text: String, name: String = "proxy.conf", overrides: [Override] = [],
        environment: [String: String] = [:]
    ) -> Outcome {
        load(bytes: Array(text.utf8), name: name, overrides: overrides, environment: environment)
    }

    /// Loads `bytes`, which need not be text, as the content of a file called `name`.
    public static func load(
        bytes: [UInt8], name: String = "proxy.conf", overrides: [Override] = [],
        environment: [String: String] = [:]
    ) -> Outcome {
        var reading = Reading(environment: environment)
        reading.read(bytes, as: name)
        return reading.finish(overrides) { _ in [] }
    }
}
