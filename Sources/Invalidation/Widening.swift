import Bytes
import Naming

/// Finds wider work that covers a piece for which the queue has no room.
///
/// Wider work is small, however much it covers: tags instead of keys, a tag above instead of many below it,
/// and at last everything that any convention can make stale. More goes than had to; nothing stays that had
/// to go.
struct Widening {
    enum Level: String, CaseIterable {
        /// Keys become the tags that they carry.
        case tags
        /// Tags become the tags above them.
        case parents
        /// Every key that any convention can make stale, by its name.
        case everything
    }

    let conventions: Conventions

    /// What covers `work`, under a merge key that all of this level share.
    func cover(_ work: Work, _ level: Level) -> Work {
        var wider = work
        wider.task = task(for: work.task, level)
        // Keys that are stale as copies need not be known to any convention.
        if level == .everything, work.cause.isMirrored { wider.task = .empty(all: false) }
        // What is put off for about as long shares a place: a minute's delay does not make a second's longer.
        let scale = work.delayMilliseconds == 0 ? 0 : 64 - work.delayMilliseconds.leadingZeroBitCount
        wider.mergeKey = ByteString("widened \(level.rawValue) \(scale)")
        wider.debounceMilliseconds = work.delayMilliseconds
        wider.spreadMilliseconds = 0
        return wider
    }

    private func task(for task: Work.Task, _ level: Level) -> Work.Task {
        switch (task, level) {
        case (.empty(let all), _): .empty(all: all)
        case (_, .everything), (.everything, _): .everything
        case (.built, _): .built
        case (.scan(let sets), .tags): .scan(sets)
        case (.scan(let sets), .parents): .scan(Set(sets.map(above)))
        // Its conditions are not asked: it would have to be kept for that.
        case (.fire(let firing), _): self.task(for: .finish(conventions.frontier(of: firing)), level)
        // Nothing narrower covers a pattern; what names a few things is small enough as it is.
        case (.request(let request), _): .request(request)
        case (.finish(let frontier), .tags): .finish(tags(of: frontier))
        case (.finish(let frontier), .parents): .finish(parents(of: tags(of: frontier)))
        }
    }

    /// Keys that carry a tag as that tag; the others as they are.
    private func tags(of frontier: Frontier) -> Frontier {
        var wider = frontier
        wider.steps = []
        var known: Set<ByteString> = []
        for step in frontier.steps {
            guard let tag = conventions.facts(of: step.key.span).tags.first(where: \.isRecorded) else {
                wider.steps.append(step)
                continue
            }
            guard known.insert(tag.name).inserted else { continue }
            wider.add(
                tag: tag.name, conventions, depth: step.depth, parent: step.parent, origin: step.origin)
        }
        return Frontier().union(wider)
    }

    /// Sets of tags as those of the tags above them.
    private func parents(of frontier: Frontier) -> Frontier {
        var wider = frontier
        wider.takes = []
        var known: Set<ByteString> = []
        for take in frontier.takes {
            guard take.drain.isEmpty, let tag = conventions.tag(ofIndexKey: take.indexKey),
                let parent = conventions.parent(ofTag: tag)
            else {
                wider.takes.append(take)
                continue
            }
            guard known.insert(parent).inserted else { continue }
            wider.add(
                tag: parent, conventions, depth: take.depth, parent: take.parent, origin: take.origin)
        }
        return Frontier().union(wider)
    }

    private func above(_ indexKey: ByteString) -> ByteString {
        guard let tag = conventions.tag(ofIndexKey: indexKey), let parent = conventions.parent(ofTag: tag)
        else { return indexKey }
        return conventions.tag(parent).subKey ?? indexKey
    }
}
