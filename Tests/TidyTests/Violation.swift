import Testing

/// Records one issue for each place that breaks a rule, named so that an editor can jump to it.
func expectNone(_ violations: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    for violation in violations { Issue.record("\(violation)", sourceLocation: sourceLocation) }
}
