import Bytes
import Config
import Naming

/// What holds of reading proxy.conf.
enum ConfigurationProperties {
    static let all = [
        Property("every diagnostic lies inside its source", liesInside),
        Property("a configuration is accepted unless there are errors, and cited safely", isDecided),
        Property("the effective lines are the same configuration again", rendersAlike),
    ]

    private static func liesInside(_ input: [UInt8]) -> String? {
        guard let outcome = LoadedConfiguration.of(input)?.outcome else { return nil }
        for diagnostic in outcome.diagnostics {
            let place = diagnostic.location
            guard let line = outcome.sources.line(place.line, of: place.file), place.column >= 1,
                place.column <= line.count + 1, place.length >= 0,
                place.column + place.length <= line.count + 2
            else { return "\(diagnostic)" }
        }
        return nil
    }

    private static func isDecided(_ input: [UInt8]) -> String? {
        guard let outcome = LoadedConfiguration.of(input)?.outcome else { return nil }
        let hasErrors = outcome.diagnostics.contains { $0.severity == .error }
        if (outcome.configuration == nil) != hasErrors { return "\(outcome.diagnostics)" }
        return TerminalText.problem(in: outcome.rendered)
    }

    private static func rendersAlike(_ input: [UInt8]) -> String? {
        guard let first = LoadedConfiguration.of(input)?.outcome.configuration else { return nil }
        let lines = first.effectiveLines(showSecrets: true)
        // A byte that is written as \xNN makes four: what was near the limit of a line may be past it.
        if lines.contains(where: { $0.utf8.count > 64 << 10 }) { return nil }
        let again = Loader.load(
            text: lines.joined(separator: "\n"), environment: LoadedConfiguration.environment)
        guard let second = again.configuration else { return again.rendered }
        if second.settings != first.settings { return "other settings: \(lines)" }
        let same = second.conventionLines.map(\.text) == first.conventionLines.map(\.text)
        return same ? nil : "other conventions: \(second.conventionLines.map(\.text))"
    }
}
