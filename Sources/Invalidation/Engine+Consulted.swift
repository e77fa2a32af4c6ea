import Bytes
import Config
import Logging
import Metrics

/// What was invalidated while the index was trusted wrongly.
extension Engine {
    /// Gathers, from all loops, the index sets that cascades at one Redis have relied on.
    func consulted(
        at side: Side, since start: UInt64, _ done: @escaping (ConsultedSets.Excerpt) -> Void
    ) {
        let own = consulted.excerpt(side, since: start)
        guard let crew else { return done(own) }
        crew.consulted(at: side, since: start) { others in
            var all = own
            all.add(others)
            done(all)
        }
    }

    /// Does again what was done through the index since then: now that it is suspect, names are looked at.
    func repeatConsulted(at side: Side, since start: UInt64) {
        guard settings.mode == .enforce else { return }
        for var work in asked.since(start) where work.looksForKeys {
            work.side = side
            enqueue(work)
        }
        consulted(at: side, since: start) { [weak self] excerpt in
            self?.search(excerpt.sets, at: side)
        }
    }

    private func search(_ sets: Set<ConsultedSets.Place>, at side: Side) {
        guard !sets.isEmpty else { return }
        metrics.counter(.indexRepeated).add(UInt64(sets.count))
        log.notice(
            "what was invalidated while the index may have lacked records is invalidated again",
            metadata: ["side": "\(side.rawValue)", "index-sets": "\(sets.count)"])
        for (database, places) in Dictionary(grouping: sets, by: \.database) {
            enqueue(
                Work(
                    .scan(Set(places.map(\.indexKey))), repeatCause(database, side), parent: nil, side: side))
        }
    }

    func repeatCause(_ database: Int, _ side: Side) -> Cause {
        var cause = Cause(
            source: .engine, subject: .related, actor: nil, command: "freshet index", database: database,
            keys: [], note: "the index had lost records when it was invalidated")
        cause.side = side
        return cause
    }

    /// Takes index sets into which something was recorded.
    func recorded(_ places: Set<ConsultedSets.Place>) {
        for place in places {
            let side = side(place.side)
            side.indexWatch.recorded(in: place.database)
            side.sweeper.recorded(in: place)
        }
    }

    /// Another look at all keys of a Redis begins.
    func lookBegins(at side: Side) {
        consulted.lookBegins(side)
        crew?.lookBegins(at: side)
    }
}

extension Work {
    /// Whether its keys are looked for in the index without being named by a set.
    var looksForKeys: Bool {
        guard case .request(let request) = task else { return false }
        switch request.subject {
        case .pattern, .expression: return true
        case .keys, .tags, .related, .timeToLive: return false
        }
    }
}
