import Audit
import Bytes
import Hiredis
import Naming
import Relay

/// A key that Redis would not let go, for a reason of its own.
struct RefusedKey: Sendable {
    var step: Frontier.Step
    var reason: String

    /// Whether an error speaks of some of a command's keys, so that the others may go without them.
    static func isMeant(by error: String) -> Bool {
        if error.hasPrefix("CROSSSLOT") { return true }
        return error.hasPrefix("NOPERM") && (error.contains(" key") || error.contains("access"))
    }
}

/// Keys that are known by name, and are removed.
extension Cascade {
    /// Whether a limit of keys is met.
    var isFull: Bool { targetCount >= limits.keys }

    /// How many more keys a command may remove.
    var room: Int { limits.keys - targetCount - reserved - inRemoval }

    /// Sends the removal of some steps, the lowest rank first; what exceeds the limit is left undone.
    func removeSome(upTo highest: Int) -> Bool {
        if isFull {
            undone.steps += steps.popAll()
            return true
        }
        let wanted = min(steps.count, pace?.batch ?? limits.batch, limits.batch, room)
        guard wanted > 0, let link = orderedLink() else { return false }
        let granted = isLookOnly || lanes == nil ? wanted : allowance(wanted)
        guard granted > 0 else { return false }
        var batch: [Frontier.Step] = []
        var taken = 0
        while taken < granted, let step = steps.pop(upTo: highest) {
            taken += 1
            if spared.contains(step.key) || conventions.isProtected(step.key.span) { continue }
            if count(step.key) {
                note(step.key, step.depth, step.parent, step.origin, .computed)
            } else if isLookOnly || BrokenOrder.removesOnce {
                continue
            }
            batch.append(step)
        }
        spend(taken)
        used(batch.count, of: granted)
        if !batch.isEmpty { remove(batch, on: link) }
        return true
    }

    /// Whether the key counts, since it did not before.
    func count(_ key: ByteString) -> Bool {
        if counted == nil { counted = [] }
        guard counted?.count ?? 0 < limits.names else { return counted?.contains(key) == false }
        return counted?.insert(key).inserted ?? true
    }

    /// Removes keys with one command. Whatever follows from them is sent after it.
    private func remove(_ batch: [Frontier.Step], on link: Link) {
        follow(batch, on: link)
        outstanding += 1
        sent(1)
        let handler: OwnReply.Handler = { [self] result in
            switch result {
            case .success(.integer(let count)):
                deleted += max(0, min(count, batch.count))
                settle(batch.map(\.key), of: batch.count, removed: count)
            case .success(.error(let error)) where RefusedKey.isMeant(by: error.text):
                refuse(batch, error.text)
            default:
                noteFailure(result)
                undone.steps += batch
            }
            replied()
        }
        switch manner {
        case .look: link.sendOwn(["EXISTS"] + batch.map(\.key), OwnReply(handler))
        case .remove: link.sendOwn(["UNLINK"] + batch.map(\.key), OwnReply(handler))
        case .soften:
            scripts.run(
                .soften, keys: batch.map(\.key), arguments: manner.arguments + Self.list(sourcePatterns),
                on: link, next: nextLink ?? { link }, handler)
        }
    }

    /// Removes the halves of a batch of which Redis has refused some key, until that is found.
    ///
    /// They go later than what followed the batch, so that follows once more.
    private func refuse(_ batch: [Frontier.Step], _ error: String) {
        if batch.count == 1 {
            refused.append(RefusedKey(step: batch[0], reason: error))
            return
        }
        guard failure == nil, let link = orderedLink() else {
            undone.steps += batch
            return
        }
        let middle = batch.count / 2
        remove(Array(batch[..<middle]), on: link)
        remove(Array(batch[middle...]), on: link)
    }

    /// Removes keys that a command named which Redis refused, each as it can be.
    func removeEach(of names: [ByteString], _ take: Frontier.Take) {
        for name in names { steps.add(step(name, of: take), named: name, rank: take.rank) }
    }

    /// A member of a set as a step of its own: of the lines by which it may be there, its own is told.
    func step(_ name: ByteString, of take: Frontier.Take) -> Frontier.Step {
        Frontier.Step(
            key: name, depth: take.depth, parent: take.parent,
            origin: conventions.derivation(of: name) ?? take.origin, rank: take.rank)
    }

    /// Has what follows from keys be done after the command that removes them.
    private func follow(_ batch: [Frontier.Step], on link: Link) {
        let leading = batch.filter { conventions.mayLeadOn($0.key.span) }
        if leading.isEmpty { return }
        if isJournaled { note(leading.map(\.key), inJournalOn: link) }
        let isOne = batch.count > 1 && manner == .remove
        let company = isOne ? Frontier.Company(Set(batch.map(\.key))) : nil
        let roots = leading.map { Frontier.Root(key: $0.key, depth: $0.depth, company: company) }
        if case .soften = manner { postpone(roots, on: link) } else { frontier.roots += roots }
    }
}
