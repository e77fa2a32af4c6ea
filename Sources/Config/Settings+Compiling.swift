import Naming

extension Settings {
    /// Compiles convention lines under these settings; nil when any diagnostic is an error.
    ///
    /// - Parameter paused: names of rules whose firings are kept until somebody resumes them.
    func compile(_ lines: [ConventionLine], paused: Set<String> = []) -> (Conventions?, [Diagnostic]) {
        var set = ConventionSet(
            separator: separator, cyclesAllowed: cycles == .allow, allowBroad: allowBroad, paused: paused,
            concernsEveryKey: mirrorsEveryKey)
        var diagnostics: [Diagnostic] = []
        for line in lines {
            switch line.directive {
            case "tag": diagnostics += set.addTag(line.words)
            case "depend": diagnostics += set.addDepend(line.words)
            case "rule": diagnostics += set.addRule(line.words)
            case "schedule": diagnostics += set.addSchedule(line.words)
            case "protect": diagnostics += set.addProtect(line.words)
            default: preconditionFailure("no convention is called \(line.directive)")
            }
        }
        let (conventions, problems) = set.compile()
        return (conventions, diagnostics + problems)
    }
}
