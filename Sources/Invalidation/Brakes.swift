/// What an operator has stopped: everything, or the work of some rules.
struct Brakes: Sendable, Equatable {
    /// The number of the first piece that came while everything was stopped; nil while it is not.
    var everythingSince: Int64?
    /// The same for single rules.
    var rulesSince: [String: Int64] = [:]

    var isPaused: Bool { everythingSince != nil }

    /// Whether work of `rule` may run.
    func lets(_ rule: String?) -> Bool {
        guard !isPaused else { return false }
        guard let rule else { return true }
        return rulesSince[rule] == nil
    }
}
