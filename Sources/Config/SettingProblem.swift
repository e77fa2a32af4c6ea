public import Naming

/// What is wrong with a setting that only another part of the program can judge: a certificate, a key.
public struct SettingProblem: Sendable {
    public var directive: String
    public var severity: Diagnostic.Severity
    /// What was expected, what was found, what to do.
    public var message: String

    public init(directive: String, severity: Diagnostic.Severity, message: String) {
        self.directive = directive
        self.severity = severity
        self.message = message
    }
}
