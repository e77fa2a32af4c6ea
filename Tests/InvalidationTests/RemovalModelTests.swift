import Testing

/// All interleavings of a cascade and of who rebuilds, in a small model.
@Suite("The order of removal as a model")
struct RemovalModelTests {
    private static let members = [
        [0], [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
    ]

    /// How many ends with a stale key there are, of how many.
    private func explore<State: Hashable>(
        from first: State, next: (State) -> [State], isOver: (State) -> Bool, isStale: (State) -> Bool
    ) -> (stale: Int, ends: Int) {
        var seen: Set<State> = [first]
        var waiting = [first]
        var (stale, ends) = (0, 0)
        while let state = waiting.popLast() {
            if isOver(state) {
                ends += 1
                if isStale(state) { stale += 1 }
            }
            for other in next(state) where seen.insert(other).inserted { waiting.append(other) }
        }
        return (stale, ends)
    }

    private func explore(_ order: RemovalModel.Order, _ members: [Int]) -> (stale: Int, ends: Int) {
        explore(
            from: RemovalModel(order, members: members), next: \.next, isOver: \.isOver, isStale: \.isStale)
    }

    private func explore(_ waves: [[Int]]) -> (stale: Int, ends: Int) {
        explore(from: SofteningModel(waves), next: \.next, isOver: \.isOver, isStale: \.isStale)
    }

    @Test("followed by edges, no order of members and no rebuild leaves a stale key", arguments: members)
    func byEdges(_ members: [Int]) {
        let (stale, ends) = explore(.byEdges, members)
        #expect(stale == 0)
        #expect(ends > 0)
    }

    @Test("where each key goes once, a key rebuilt too soon stays")
    func visitOnce() {
        #expect(explore(.visitOnce, [1, 0, 2]).stale > 0)
        #expect(explore(.visitOnce, [0]).stale == 0)
    }

    @Test("where another link does not wait for the reply, a key rebuilt too soon stays")
    func onceSent() {
        #expect(explore(.onceSent, [0]).stale > 0)
    }

    @Test("in waves, keys that expire leave none stale that was built from them")
    func waves() {
        let (stale, ends) = explore([[0, 1, 2], [1, 2], [2]])
        #expect(stale == 0)
        #expect(ends > 0)
    }

    @Test("where all expire at once, or a wave is missing, a stale key stays")
    func noWaves() {
        #expect(explore([[0, 1, 2]]).stale > 0)
        #expect(explore([[0, 1, 2], [1, 2]]).stale > 0)
    }
}
