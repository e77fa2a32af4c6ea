import Bytes

extension Engine {
    /// Notes what a piece of work has reached, if somebody waits for its end.
    func reached(_ number: Int64, _ cascade: Cascade) {
        guard var outcome = outcomes[number] else { return }
        outcome.add(cascade)
        outcomes[number] = outcome
    }

    /// Calls `body` once the numbers of work are final: whoever is told one can refer to it for good.
    ///
    /// That is at once, but for the first moments of a process, until its store is open.
    public func whenNumbered(_ body: @escaping () -> Void) {
        if let keeper { keeper.whenNumbered(body) } else { body() }
    }

    private static let remembered = 100

    func noteEnd(_ number: Int64, _ error: String?) {
        guard var outcome = outcomes.removeValue(forKey: number) else { return }
        outcome.error = error
        endedLately.append((number, outcome))
        if endedLately.count > Self.remembered { endedLately.removeFirst() }
    }

    /// Puts back into the index what work that is given up has taken out of it.
    func giveBack(_ task: Work.Task, _ work: Work) {
        guard case .finish(let frontier) = task else { return }
        side(work.side).drainKeeper.giveBack(frontier, database: work.cause.database)
    }
}
