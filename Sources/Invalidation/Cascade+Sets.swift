import Bytes
import Hiredis
import Naming
import Relay

/// Sets of the index that are read and stay as they are.
extension Cascade {
    /// Reads the next set, or takes it out of the index; false when that cannot be done for now.
    func readNext() -> Bool {
        guard isFull || room > 0, let link = orderedLink(), let take = takes.pop() else { return false }
        if isFull || take.depth > limits.depth {
            undone.takes.append(take)
        } else {
            read(take, on: link)
        }
        return true
    }

    private func read(_ take: Frontier.Take, on link: Link) {
        if take.isGone {
            opened(take)
            dormant.append(DrainSet(take: take, left: 0))
            return
        }
        if take.cursor == "0", take.drain.isEmpty {
            let isNew = readSets.insert(take.indexKey).inserted
            if isNew { indexKeys.append(take.indexKey) }
            // What is only looked at is looked at once; else its members of now are stale once more.
            if isLookOnly, !isNew { return }
        }
        opened(take)
        if take.kind == .children || isLookOnly { look(take, on: link) } else { seize(take, on: link) }
    }

    /// Notes that members of this rank may turn up.
    private func opened(_ take: Frontier.Take) { open[take.rank, default: 0] += 1 }

    private func look(_ take: Frontier.Take, on link: Link) {
        outstanding += 1
        let count = ByteString(String(limits.stepKeys))
        link.sendOwn(
            ["SSCAN", take.indexKey, take.cursor, "COUNT", count],
            OwnReply { [self] result in
                if case .success(.array(let parts)) = result, parts.count == 2, let cursor = parts[0].bytes,
                    let names = parts[1].elements
                {
                    if cursor != "0" {
                        var rest = take
                        rest.cursor = cursor
                        takes.add(rest, named: rest.name, rank: rest.rank)
                    }
                    looked(take, at: names.compactMap(\.bytes))
                } else {
                    noteFailure(result)
                    // The next Redis that answers may order the set otherwise.
                    var again = take
                    again.cursor = "0"
                    readSets.remove(take.indexKey)
                    undone.takes.append(again)
                }
                closed(take)
                replied()
            })
    }

    /// Tags below a tag have members and children of their own; keys are followed.
    private func looked(_ take: Frontier.Take, at names: [ByteString]) {
        guard take.kind != .children else {
            var found = Frontier()
            for tag in names {
                found.add(
                    tag: tag, conventions, depth: take.depth, parent: take.parent, origin: take.origin,
                    rank: take.rank)
            }
            return wait(for: found)
        }
        for name in names where !conventions.isProtected(name.span) {
            steps.add(
                Frontier.Step(
                    key: name, depth: take.depth, parent: take.parent, origin: take.origin, rank: take.rank),
                named: name, rank: take.rank)
        }
    }
}
