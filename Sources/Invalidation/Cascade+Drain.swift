import Audit
import Bytes
import Hiredis
import Naming
import Relay

/// A drain set that a cascade empties.
struct DrainSet {
    var take: Frontier.Take
    /// Members that were not looked at yet, as far as is known.
    var left: Int
    var cursor: ByteString = "0"
    /// The link on which the cursor means something.
    weak var link: Link?
    /// The number of that link; 0 while the set was not begun.
    var lane = 0
    /// Whether a reply with members of the set is awaited.
    var isBusy = false
    /// Whether all members were told.
    var isRead = false
    /// How many commands that remove members are under way.
    var removing = 0
    /// Whether one of them has failed.
    var hasFailed = false

    var mayGoOn: Bool { !isBusy && !isRead && removing < Cascade.ahead }
}

/// Sets that are taken out of the index, and emptied.
extension Cascade {
    func seize(_ take: Frontier.Take, on link: Link) {
        var take = take
        if take.drain.isEmpty {
            take.drain = IndexKey.drain("\(ULID())")
            scripts.drains.insert(take.drain)
        }
        outstanding += 1
        let few = limits.spreadMilliseconds > 0 ? 0 : limits.stepKeys
        let arguments: [ByteString] =
            [ByteString(String(few))] + manner.arguments + Self.list(stays)
            + Self.list(sources(of: take.kind))
            + Self.list(conventions.protectLuaPatterns())
        scripts.run(
            .seize, keys: [take.indexKey, take.drain, IndexKey.drains], arguments: arguments, on: link,
            next: { self.link ?? link }
        ) { [self] result in
            if case .success(.array(let parts)) = result, parts.count == 4, let left = parts[0].integer,
                let removed = parts[1].integer, let names = parts[2].elements, let keeps = parts[3].integer
            {
                seized(take, left: left, removed: removed, names, keeps: keeps == 1)
            } else {
                noteFailure(result)
                undone.takes.append(take)
            }
            replied()
        }
    }

    private func seized(
        _ take: Frontier.Take, left: Int, removed: Int, _ names: [ReplyValue], keeps: Bool
    ) {
        deleted += removed
        got(names.compactMap(\.bytes), of: take)
        if left > 0 {
            drains.append(DrainSet(take: take, left: left))
        } else if keeps {
            frontier.spent.append(take.drain)
        } else {
            scripts.drains.remove(take.drain)
        }
    }

    /// Notes the names that a script has removed and follows those that lead on.
    func got(_ names: [ByteString], of take: Frontier.Take) {
        for name in names where visit(name) {
            note(name, take.depth, take.parent, take.origin, .index)
            if conventions.mayLeadOn(name.span) {
                frontier.roots.append(Frontier.Root(key: name, depth: take.depth))
            }
        }
    }

    /// Sends the next step of a drain; false when none can be sent for now.
    func drainSome() -> Bool {
        guard frontier.spent.count < 256 || outstanding == 0, let place = nextDrain() else { return false }
        guard targetCount < limits.keys else {
            undone.takes.append(drains.remove(at: place).take)
            return true
        }
        let isFast = mayHurry
        let most = lanes == nil ? min(limits.batch, limits.stepKeys) : limits.batch
        let wanted = min(isFast ? 2 * most : most, limits.keys - targetCount - inRemoval)
        guard wanted > 0 else { return false }
        let granted = isFast ? wanted : allowance(wanted)
        guard granted > 0, let link = link(ofDrain: place) else { return false }
        if isFast { scan(place, granted, on: link) } else { drain(drains[place], granted, on: link) }
        return true
    }

    /// A set that was begun and can go on, or else one that may be begun.
    private func nextDrain() -> Int? {
        if let place = drains.lastIndex(where: { $0.lane > 0 && $0.mayGoOn }) { return place }
        guard drains.count(where: { $0.lane > 0 }) < limits.drains else { return nil }
        return drains.lastIndex { $0.lane == 0 }
    }

    /// Keeps to the link that the set was begun on; on another one its cursor means nothing.
    private func link(ofDrain place: Int) -> Link? {
        let lane = drains[place].lane
        let number = lane > 0 ? lane : (1...).first { number in !drains.contains { $0.lane == number } } ?? 1
        guard let link = self.lane(number) else { return nil }
        drains[place].lane = number
        if drains[place].link !== link {
            drains[place].link = link
            drains[place].cursor = "0"
        }
        return link
    }

    private func drain(_ set: DrainSet, _ count: Int, on link: Link) {
        outstanding += 1
        sent(3)
        if let place = drains.firstIndex(where: { $0.take.drain == set.take.drain }) {
            drains[place].isBusy = true
        }
        let sources = sources(of: set.take.kind)
        let lists = targets.count < listsAtMost
        let arguments: [ByteString] =
            [set.cursor, ByteString(String(count))] + manner.arguments + [lists ? "1" : "0"]
            + Self.list(sources) + Self.list(conventions.protectLuaPatterns())
        scripts.run(
            .drain, keys: [set.take.drain], arguments: arguments, on: link, next: { link }
        ) { [self] result in
            let place = drains.firstIndex { $0.take.drain == set.take.drain }
            if let place { drains[place].isBusy = false }
            if case .success(.array(let parts)) = result, parts.count == 4, let cursor = parts[0].bytes,
                let stale = parts[1].integer, let removed = parts[2].integer, let names = parts[3].elements,
                let place
            {
                used(stale, of: count)
                deleted += removed
                drained(place, cursor, stale, names)
            } else {
                if let place { undone.takes.append(drains.remove(at: place).take) }
                noteFailure(result)
            }
            replied()
        }
    }

    private func drained(_ place: Int, _ cursor: ByteString, _ stale: Int, _ names: [ReplyValue]) {
        let before = targetCount
        got(names.compactMap(\.bytes), of: drains[place].take)
        // Names that were not told count as well; a name seen before that was told does not.
        if names.count < stale { reached(stale - names.count, depth: drains[place].take.depth) }
        drains[place].left = max(0, drains[place].left - max(stale, targetCount - before))
        drains[place].cursor = cursor
        drains[place].isRead = cursor == "0"
        finishIfEmpty(place)
    }

    /// Removes the drain sets from whose members nothing more follows. Nothing waits for that.
    func finishSpent() {
        guard !frontier.spent.isEmpty, let link else { return }
        for drain in frontier.spent {
            Self.finish(drain, on: link, scripts.drains) { [self] in onVanished?() }
        }
        frontier.spent = []
    }

    static func finish(
        _ drain: ByteString, on link: Link, _ registry: DrainRegistry, onVanished: @escaping () -> Void
    ) {
        link.sendOwn(
            ["UNLINK", drain],
            OwnReply(mayComeLate: true) { result in
                registry.remove(drain)
                if case .success(.integer(0)) = result { onVanished() }
            })
        link.sendOwn(["SREM", IndexKey.drains, drain], IgnoredReply())
    }

    /// The Lua patterns of names that lead on: none where none can, one that matches all where there are
    /// many.
    private func sources(of kind: IndexKind) -> [ByteString] {
        guard conventions.mayLeadOn(membersOf: kind) else { return [] }
        let patterns = conventions.sourceLuaPatterns()
        return patterns.count > 8 ? [""] : patterns
    }

    private static func list(_ words: [ByteString]) -> [ByteString] {
        [ByteString(String(words.count))] + words
    }
}

extension Manner {
    /// What scripts are told: milliseconds within which keys expire, and a seed.
    var arguments: [ByteString] {
        guard case .soften(let within) = self else { return ["0", "0"] }
        return [ByteString(String(max(1, within))), ByteString(String(Int.random(in: 0...0x7fff_ffff)))]
    }
}
