extension WorkQueue {
    /// What the store has to be told, and what happened beside it.
    struct Changes: Sendable {
        /// Numbers in memory whose rows are to be written.
        var dirty: Set<Int64> = []
        /// Rows of work that is not kept in memory.
        var puts: [Work] = []
        var removals: [Int64] = []
        /// Dead letters that newer work replaced.
        var superseded: [Work] = []
        /// Dead letters for which there was no room any more.
        var dropped: [Work] = []
        /// Who waited for work that has ended.
        var accepted: [@Sendable () -> Void] = []
        /// How many pieces were joined to others.
        var joined = 0
    }

    /// The rows to write and to remove since the last call; work that has ended before that leaves no row.
    ///
    /// Who waits for the work to be accepted goes with the rows. Of what is not in memory at most `most` rows
    /// are taken; removals come when none of those is left, for what is removed may have led to any of them.
    mutating func takeRows(atMost most: Int = .max) -> (puts: [Work], removals: [Int64]) {
        var puts = Array(changes.puts.suffix(most))
        changes.puts.removeLast(puts.count)
        let removals = changes.puts.isEmpty ? changes.removals : []
        for number in changes.dirty {
            guard let work = items[number]?.work else { continue }
            puts.append(work)
            items[number]?.isStored = true
            items[number]?.work.onAccepted = []
        }
        changes.dirty = []
        if changes.puts.isEmpty { changes.removals = [] }
        return (puts, removals)
    }

    /// The rows of `puts` were not written.
    mutating func takeBack(_ puts: [Work]) {
        for var work in puts {
            work.onAccepted = []
            if items[work.number] != nil {
                changes.dirty.insert(work.number)
            } else if !changes.removals.contains(work.number) {
                changes.puts.append(work)
            }
        }
    }

    /// What happened beside the rows since the last call.
    mutating func takeReports() -> Changes {
        defer {
            changes.superseded = []
            changes.dropped = []
            changes.joined = 0
            changes.accepted = []
        }
        return changes
    }

    var hasRows: Bool { !changes.dirty.isEmpty || !changes.puts.isEmpty || !changes.removals.isEmpty }

    /// Whether there is so little to run in memory that more should come from the store.
    var isHungry: Bool { outside > 0 && ready < max(1, limits.inMemory / 4) }
}
