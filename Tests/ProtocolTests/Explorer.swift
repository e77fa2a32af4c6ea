/// What can happen, one step at a time.
protocol Steps {
    associatedtype State: Hashable

    var start: State { get }
    /// All states that one step leads to; none when everybody is done.
    func after(_ state: State) -> [State]
    /// Whether nothing that must not be is left, once everybody is done.
    func isSound(_ end: State) -> Bool
}

/// Every order in which steps can happen, each state looked at once.
struct Explorer<Model: Steps> {
    struct Outcome {
        var states = 0
        var ends = 0
        var unsound: [Model.State] = []
    }

    let model: Model

    func explore() -> Outcome {
        var outcome = Outcome()
        var seen: Set<Model.State> = [model.start]
        var open = [model.start]
        while let state = open.popLast() {
            outcome.states += 1
            let next = model.after(state)
            if next.isEmpty {
                outcome.ends += 1
                if !model.isSound(state) { outcome.unsound.append(state) }
            }
            for state in next where seen.insert(state).inserted { open.append(state) }
        }
        return outcome
    }
}
