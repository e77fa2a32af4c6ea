/// What an operator has stopped, for whoever shows it.
public struct Pauses: Sendable, Equatable {
    /// Whether everything that nobody asked for is held.
    public var everything = false
    /// Rules whose work is held, in order.
    public var rules: [String] = []

    public init() {}

    public var isNone: Bool { !everything && rules.isEmpty }

    /// In words; nil while nothing is paused.
    public var text: String? {
        if isNone { return nil }
        let rules = rules.isEmpty ? nil : "rule \(rules.joined(separator: ", "))"
        return [everything ? "all that nobody asked for" : nil, rules].compactMap { $0 }
            .joined(separator: ", and ")
    }
}

extension Engine {
    /// What is paused now.
    public var pauses: Pauses {
        var pauses = Pauses()
        pauses.everything = queue.brakes.isPaused
        pauses.rules = queue.brakes.rulesSince.keys.sorted()
        return pauses
    }

    /// Whether a brake holds the piece, and nothing else does.
    func isHeldByBrake(_ item: WorkQueue.Item) -> Bool {
        switch item.phase {
        case .ready, .waiting: item.work.isBraked && !queue.brakes.lets(item.work.rule)
        case .running, .paused, .held, .dead: false
        }
    }
}
