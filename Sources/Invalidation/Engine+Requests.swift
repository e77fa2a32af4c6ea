import Bytes

extension Engine {
    /// Notes what a piece of work has reached, if somebody waits for its end.
    func reached(_ number: Int64, _ cascade: Cascade) {
        guard var outcome = outcomes[number] else { return }
        outcome.add(cascade)
        outcomes[number] = outcome
    }

    /// Puts back into the index what work that is given up has taken out of it.
    func giveBack(_ task: Work.Task, _ work: Work) {
        guard case .finish(let frontier) = task else { return }
        side(work.side).drainKeeper.giveBack(frontier, database: work.cause.database)
    }
}
