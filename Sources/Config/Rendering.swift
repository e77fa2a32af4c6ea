import Bytes
public import Naming

/// How many diagnostics are shown; what is beyond is counted.
private let mostShown = 100

/// The diagnostics as a compiler prints them: place, message, source line with carets, and a closing count.
///
/// Errors go before warnings where not all are shown.
/// Empty when there are none. Lines that may hold a password are named but not shown.
public func render(_ diagnostics: [Diagnostic], sources: Sources) -> String {
    guard !diagnostics.isEmpty else { return "" }
    var text = ""
    let isShort = diagnostics.count <= mostShown
    for diagnostic in isShort ? diagnostics : first(of: diagnostics) {
        let severity = diagnostic.severity == .error ? "error" : "warning"
        text += Visible.text("\(place(diagnostic.location))\(severity): \(diagnostic.message)") + "\n"
        text += Excerpt.text(of: diagnostic.location, in: sources) ?? ""
    }
    if !isShort { text += "... and more: the first \(mostShown) are shown\n" }
    return text + closing(diagnostics) + "\n"
}

private func first(of diagnostics: [Diagnostic]) -> [Diagnostic] {
    let errors = diagnostics.lazy.filter { $0.severity == .error }.prefix(mostShown)
    return errors.isEmpty ? Array(diagnostics.prefix(mostShown)) : Array(errors)
}

private func place(_ location: SourceLocation) -> String {
    if location.file.isEmpty { return "" }
    return location.line == 0
        ? "\(location.file): " : "\(location.file):\(location.line):\(location.column): "
}

private func closing(_ diagnostics: [Diagnostic]) -> String {
    let errors = diagnostics.count { $0.severity == .error }
    let warnings = diagnostics.count - errors
    var counts: [String] = []
    if errors > 0 { counts.append(errors == 1 ? "1 error" : "\(errors) errors") }
    if warnings > 0 { counts.append(warnings == 1 ? "1 warning" : "\(warnings) warnings") }
    let verdict =
        errors > 0
        ? "Configuration not accepted; a running proxy keeps what it has." : "Configuration accepted."
    return counts.joined(separator: ", ") + ". " + verdict
}
