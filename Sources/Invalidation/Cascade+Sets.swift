import Bytes
import Hiredis
import Naming
import Relay

/// Sets of the index that are read and stay as they are.
extension Cascade {
    func read(_ take: Frontier.Take) {
        let isFirst = take.cursor == "0" && take.drain.isEmpty
        if isFirst, !isNew(take) { return }
        guard targetCount < limits.keys, take.depth <= limits.depth else { return undone.takes.append(take) }
        guard let link else { return undone.takes.append(take) }
        if isFirst { indexKeys.append(take.indexKey) }
        if take.kind == .children || isLookOnly { look(take, on: link) } else { seize(take, on: link) }
    }

    /// Sets of children, and every set in a walk that only looks, are read once; the others are empty the
    /// second time.
    private func isNew(_ take: Frontier.Take) -> Bool {
        guard take.kind == .children || isLookOnly else { return true }
        return visitedSets.insert(take.indexKey).inserted
    }

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
                        frontier.takes.append(rest)
                    }
                    looked(take, at: names.compactMap(\.bytes))
                } else {
                    noteFailure(result)
                    // The next Redis that answers may order the set otherwise.
                    var again = take
                    again.cursor = "0"
                    visitedSets.remove(take.indexKey)
                    undone.takes.append(again)
                }
                replied()
            })
    }

    /// Tags below a tag have members and children of their own; keys are followed.
    private func looked(_ take: Frontier.Take, at names: [ByteString]) {
        guard take.kind != .children else {
            for tag in names {
                frontier.add(
                    tag: tag, conventions, depth: take.depth, parent: take.parent, origin: take.origin)
            }
            return
        }
        for name in names where !conventions.isProtected(name.span) {
            frontier.steps.append(
                Frontier.Step(key: name, depth: take.depth, parent: take.parent, origin: take.origin))
            if conventions.mayLeadOn(name.span), !isVisited(name) {
                frontier.roots.append(Frontier.Root(key: name, depth: take.depth))
            }
        }
    }
}
