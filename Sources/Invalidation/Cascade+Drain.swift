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
        let few = limits.spreadMilliseconds > 0 ? 0 : max(0, min(limits.stepKeys, room))
        reserved += few
        let arguments: [ByteString] =
            [ByteString(String(few))] + manner.arguments + Self.list(stays)
            + Self.list(sources(of: take.kind))
            + Self.list(conventions.protectLuaPatterns())
        scripts.run(
            .seize, keys: [take.indexKey, take.drain, IndexKey.drains], arguments: arguments, on: link,
            next: { self.link ?? link }
        ) { [self] result in
            reserved -= few
            if let reply = SeizeReply(result, few: few) {
                seized(take, reply)
            } else {
                noteFailure(result)
                undone.takes.append(take)
                closed(take)
            }
            replied()
        }
    }

    private func seized(_ take: Frontier.Take, _ reply: SeizeReply) {
        deleted += reply.removed
        refuse(reply.refusal, of: take)
        guard reply.left == 0 else {
            dormant.append(DrainSet(take: take, left: reply.left))
            dormantLeft += reply.left
            return got(reply.names, of: take)
        }
        closed(take)
        if reply.isKept, case .soften = manner {
            got(reply.names, of: take, follows: false)
            return emptied(take)
        }
        got(reply.names, of: take)
        if reply.refusal == nil { settle(reply.names, of: reply.names.count, removed: reply.removed) }
        if reply.isKept { emptied(take) } else { scripts.drains.remove(take.drain) }
    }

    /// Notes that no member of a drain set is left; the set goes when all that follows is done.
    private func emptied(_ take: Frontier.Take) {
        var take = take
        if case .soften = manner, !take.isGone, conventions.mayLeadOn(membersOf: take.kind) {
            take.isGone = true
            take.cursor = "0"
            later.takes.append(take)
        } else {
            frontier.spent.append(take.drain)
        }
    }

    /// Notes the names that a script has removed and follows those that lead on.
    func got(_ names: [ByteString], of take: Frontier.Take, follows: Bool = true) {
        for name in names {
            if targets.count >= listsAtMost {
                reached(1, depth: take.depth)
            } else if count(name) {
                note(name, take.depth, take.parent, take.origin, .index)
            }
            if follows, conventions.mayLeadOn(name.span) {
                frontier.roots.append(Frontier.Root(key: name, depth: take.depth))
            }
        }
    }

    /// Notes the keys that a script could not remove.
    private func refuse(_ refusal: ScriptRefusal?, of take: Frontier.Take) {
        guard let refusal else { return }
        for name in refusal.names {
            refused.append(RefusedKey(step: step(name, of: take), reason: refusal.reason))
        }
    }

    /// Sends the next step of a drain; false when none can be sent for now.
    func drainSome() -> Bool {
        guard frontier.spent.count < 256 || outstanding == 0, let place = nextDrain() else { return false }
        if isFull {
            let take = drains.remove(at: place).take
            closed(take)
            undone.takes.append(take)
            return true
        }
        let isFast = mayHurry
        let most = lanes == nil ? min(limits.batch, limits.stepKeys) : limits.batch
        if drains[place].take.isGone {
            guard let link = link(ofDrain: place) else { return false }
            reread(place, 2 * most, on: link)
            return true
        }
        let wanted = min(isFast ? 2 * most : most, room)
        guard wanted > 0 else { return false }
        let granted = isFast ? wanted : allowance(wanted)
        guard granted > 0, let link = link(ofDrain: place) else { return false }
        if isFast { scan(place, granted, on: link) } else { drain(drains[place], granted, on: link) }
        return true
    }

    /// A set that was begun and can go on, or else one that may be begun.
    private func nextDrain() -> Int? {
        if let place = drains.lastIndex(where: { $0.mayGoOn }) { return place }
        guard drains.count < limits.drains, let next = dormant.popLast() else { return nil }
        dormantLeft -= next.left
        drains.append(next)
        return drains.count - 1
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
        if let place = place(of: set.take) { drains[place].isBusy = true }
        // SSCAN may tell more than it was asked for, but no more than there is room for goes.
        let most = min(room, max(1024, 2 * count))
        reserved += most
        let lists = targets.count < listsAtMost
        let arguments: [ByteString] =
            [set.cursor, ByteString(String(count)), ByteString(String(most))] + manner.arguments
            + [lists ? "1" : "0"] + Self.list(sources(of: set.take.kind))
            + Self.list(conventions.protectLuaPatterns())
        scripts.run(
            .drain, keys: [set.take.drain], arguments: arguments, on: link, next: { link }
        ) { [self] result in
            reserved -= most
            let place = place(of: set.take)
            if let place { drains[place].isBusy = false }
            if let place, let reply = DrainReply(result, most: most) {
                used(reply.stale, of: count)
                deleted += reply.removed
                drained(place, reply)
                if reply.refusal == nil { settle(reply.names, of: reply.stale, removed: reply.removed) }
            } else {
                if let place { undone.takes.append(drains.remove(at: place).take) }
                noteFailure(result)
            }
            replied()
        }
    }

    private func drained(_ place: Int, _ reply: DrainReply) {
        let take = drains[place].take
        var follows = true
        if case .soften = manner { follows = false }
        got(reply.names, of: take, follows: follows)
        refuse(reply.refusal, of: take)
        // Names that were not told count as well.
        if reply.names.count < reply.stale { reached(reply.stale - reply.names.count, depth: take.depth) }
        drains[place].left = max(0, drains[place].left - reply.stale)
        if let cursor = reply.cursor { drains[place].cursor = cursor }
        drains[place].isRead = reply.cursor == "0"
        finishIfEmpty(place)
    }

    /// Notes that nothing of the set is left, if that is so.
    func finishIfEmpty(_ place: Int) {
        guard drains[place].isRead, drains[place].removing == 0, !drains[place].hasFailed else { return }
        let take = drains.remove(at: place).take
        closed(take)
        emptied(take)
    }

    func place(of take: Frontier.Take) -> Int? { drains.firstIndex { $0.take.drain == take.drain } }

    /// Notes that members of this rank are no longer awaited from a set.
    func closed(_ take: Frontier.Take) {
        guard let count = open[take.rank] else { return }
        open[take.rank] = count > 1 ? count - 1 : nil
    }

    /// Removes the drain sets from whose members nothing more follows. Nothing waits for that.
    func finishSpent() {
        guard !frontier.spent.isEmpty, let link else { return }
        for drain in frontier.spent {
            Self.finish(drain, on: link, scripts.drains) { [self] in onVanished?() }
        }
        frontier.spent = []
        if manner == .remove { journal = nil }
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

    /// The Lua patterns of names that lead on: none where none can.
    private func sources(of kind: IndexKind) -> [ByteString] {
        conventions.mayLeadOn(membersOf: kind) ? sourcePatterns : []
    }

    /// The Lua patterns of names that lead on; one that matches all where there are many.
    var sourcePatterns: [ByteString] {
        let patterns = conventions.sourceLuaPatterns()
        return patterns.count > 8 ? [""] : patterns
    }

    static func list(_ words: [ByteString]) -> [ByteString] {
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
