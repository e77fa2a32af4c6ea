import Config
import Naming
import Testing

/// Loads text that must be accepted.
func accepted(
    _ text: String, overrides: [Override] = [], environment: [String: String] = [:],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) throws -> Configuration {
    let outcome = Loader.load(text: text, overrides: overrides, environment: environment)
    return try #require(outcome.configuration, "\(outcome.rendered)", sourceLocation: sourceLocation)
}

/// The error messages of text that must not be accepted, each as `line:column: message`.
func messages(
    of text: String, overrides: [Override] = [], environment: [String: String] = [:],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) -> [String] {
    let outcome = Loader.load(text: text, overrides: overrides, environment: environment)
    #expect(outcome.configuration == nil, sourceLocation: sourceLocation)
    return outcome.diagnostics.filter { $0.severity == .error }.map {
        "\($0.location.line):\($0.location.column): \($0.message)"
    }
}
