import Bytes
import Naming
import Store

extension WorkQueue {
    /// Numbers everything in memory anew, behind what the store turned out to have.
    ///
    /// Until the store is open nobody knows which numbers are taken, and work cannot wait for that.
    mutating func renumber(by shift: Int64) {
        guard shift > 0 else { return }
        let old = items.sorted { $0.key < $1.key }.map(\.value)
        for item in old { forget(item.work.number) }
        changes.dirty = Set(changes.dirty.map { $0 + shift })
        for index in changes.puts.indices { changes.puts[index].number += shift }
        if let since = brakes.everythingSince { brakes.everythingSince = since + shift }
        brakes.rulesSince = brakes.rulesSince.mapValues { $0 + shift }
        nextNumber += shift
        for var item in old {
            item.work.number += shift
            remember(item)
        }
    }

    /// Makes room in memory for work that is due by leaving the piece that waits longest to the store.
    ///
    /// False where nothing waits.
    mutating func evict(beyond until: UInt64) -> Bool {
        guard limits.hasStore else { return false }
        while let latest = latest.first {
            guard case .waiting(let actual) = items[latest.number]?.phase, actual == latest.until else {
                self.latest.popFirst()
                continue
            }
            guard latest.until > until, let item = items[latest.number] else { return false }
            self.latest.popFirst()
            forget(latest.number)
            if changes.dirty.remove(latest.number) != nil || !item.isStored { changes.puts.append(item.work) }
            outside += 1
            return true
        }
        return false
    }

    /// Takes rows from the store, in the order in which they are due, without those in memory already.
    ///
    /// - Parameter known: what was in memory when they were read: some of it may have ended since.
    /// - Returns: whether any of them is due now.
    mutating func restore(_ rows: [Work], known: Set<Int64>, at now: Moment) -> Bool {
        var anyDue = false
        for work in rows where !known.contains(work.number) && items[work.number] == nil {
            let until = now.ticks(of: work.due, waitingAtMost: work.waitMilliseconds)
            guard inMemory < limits.inMemory || evict(beyond: until) else { break }
            anyDue = anyDue || until <= now.ticks
            restore(work, at: now)
            outside = max(0, outside - 1)
        }
        return anyDue
    }

    /// How many rows to read so that something new is among them.
    var rowsToLoad: Int { inMemory + max(16, limits.inMemory / 2) }
}

extension WorkQueue.Item {
    /// The row that the store keeps.
    static func row(_ work: Work) -> StoredItem {
        let state: StoredItem.State =
            switch work.state {
            case .pending: work.isRetrying ? .retrying : .pending
            case .paused: .paused
            case .held: .held
            case .dead: .dead
            }
        return StoredItem(
            number: work.number, state: state, due: work.due, mergeKey: work.mergeKey, rule: work.rule ?? "",
            content: WorkCoder.encode(work))
    }
}

extension Work {
    /// The work of a row; throws where its bytes mean nothing.
    init(_ row: StoredItem, _ conventions: Conventions) throws(ByteReader.Damage) {
        // The bytes are checked, but the disk may have changed any number beside them.
        guard (0...StoredItem.highestNumber).contains(row.number) else { throw ByteReader([]).damage }
        self = try WorkCoder.decode(row.content, conventions)
        number = row.number
        due = row.due
        mergeKey = row.mergeKey
        switch row.state {
        case .pending, .retrying: state = .pending
        case .paused: state = .paused
        case .held: state = .held
        case .dead: state = .dead
        }
    }
}
