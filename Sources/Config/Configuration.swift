public import Naming

/// A proxy.conf that was accepted, overrides included: immutable, swapped whole on reload.
public struct Configuration: Sendable {
    public let settings: Settings
    public let conventions: Conventions
    /// Only warnings.
    public let diagnostics: [Diagnostic]
    /// Where each directive that is not at its default got its value from: its last line.
    public let origins: [String: SettingOrigin]
    /// The lines that made `conventions`, in order.
    public let conventionLines: [ConventionLine]

    /// Every default and no conventions.
    public init() {
        self.init(settings: Settings(), conventions: .empty)
    }

    public init(
        settings: Settings, conventions: Conventions, diagnostics: [Diagnostic] = [],
        origins: [String: SettingOrigin] = [:], conventionLines: [ConventionLine] = []
    ) {
        self.settings = settings
        self.conventions = conventions
        self.diagnostics = diagnostics
        self.origins = origins
        self.conventionLines = conventionLines
    }
}

/// A `tag`, `depend`, `rule`, `schedule` or `protect` line.
public struct ConventionLine: Sendable, Hashable {
    public let directive: String
    /// The words after the directive.
    public let words: [Word]

    /// The line as it would be written again.
    public var text: String { ([directive] + words.map(\.token)).joined(separator: " ") }
}

/// Where a setting's value came from.
public enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
    case builtIn
    case file(SourceLocation)
    /// The name of the variable.
    case environment(variable: String)
    case commandLine

    public var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let location): location.cited
        case .environment(let variable): "environment \(variable)"
        case .commandLine: "command line"
        }
    }
}
