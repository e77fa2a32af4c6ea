import Bytes
import Naming

extension Work {
    /// What it does, in a few words without any key's name.
    var what: String {
        let task =
            switch task {
            case .finish(let frontier): frontier.summary
            case .scan(let indexKeys): "all names, for \(Self.counted(indexKeys.count, "index set"))"
            case .fire(let firing): "rule \(firing.rule.name)"
            case .request(let request): request.summary
            case .built: "everything that a write can make stale"
            case .everything: "everything that a convention can make stale"
            case .empty(let all): all ? "every key of every database" : "every key of the database"
            }
        switch manner {
        case .remove: return task
        case .look: return "\(task), without removing"
        case .soften(let milliseconds): return "\(task), expiring within \(milliseconds)ms"
        }
    }

    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// The keys and index sets that it names; at most so many.
    func targets(atMost limit: Int) -> [ByteString] {
        switch task {
        case .finish(let frontier):
            let keys = frontier.steps.prefix(limit).map(\.key)
            let sets = frontier.takes.prefix(limit).map(\.indexKey)
            return Array((keys + sets + frontier.roots.prefix(limit).map(\.key)).prefix(limit))
        case .scan(let indexKeys): return Array(indexKeys.sorted().prefix(limit))
        case .fire(let firing): return [firing.trigger]
        case .request(let request): return Array(request.subject.names.prefix(limit))
        case .built, .everything, .empty: return []
        }
    }
}

extension Frontier {
    /// How many keys and sets, in words.
    var summary: String {
        var parts: [String] = []
        if !steps.isEmpty { parts.append(Work.counted(steps.count, "key")) }
        if !takes.isEmpty { parts.append(Work.counted(takes.count, "index set")) }
        if !roots.isEmpty { parts.append("what depends on \(Work.counted(roots.count, "key"))") }
        if !firings.isEmpty { parts.append(Work.counted(firings.count, "rule")) }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }
}

extension InvalidationRequest {
    /// What it asks for, in words without any key's name.
    var summary: String {
        switch subject {
        case .keys(let keys): Work.counted(keys.count, "key")
        case .tags(let tags): Work.counted(tags.count, "tag")
        case .related(let keys): "what depends on \(Work.counted(keys.count, "key"))"
        case .pattern: "the keys of a pattern"
        case .expression: "the keys of an expression of tags"
        case .timeToLive(let keys, _): "the time to live of \(Work.counted(keys.count, "key"))"
        }
    }
}
