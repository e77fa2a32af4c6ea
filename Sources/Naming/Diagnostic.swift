/// What is wrong with a configuration, where, and what to do about it.
public struct Diagnostic: Sendable, Error, Hashable {
    public enum Severity: Sendable, Hashable {
        case error, warning
    }

    public var severity: Severity
    public var location: SourceLocation
    /// One sentence without file and line: what was expected, what was found, what to do.
    public var message: String

    public init(severity: Severity, location: SourceLocation, message: String) {
        self.severity = severity
        self.location = location
        self.message = message
    }

    static func error(_ location: SourceLocation, _ message: String) -> Diagnostic {
        Diagnostic(severity: .error, location: location, message: message)
    }

    static func warning(_ location: SourceLocation, _ message: String) -> Diagnostic {
        Diagnostic(severity: .warning, location: location, message: message)
    }
}
