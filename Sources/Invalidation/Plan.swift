import Audit
import Bytes
import Naming
import RESP

/// What names alone say about a write: the records it owes, and what goes stale with it.
///
/// Immutable, so that a write of the same key can use it again.
final class Plan: Sendable {
    let records: [Record]
    /// All of them as commands that are ready to be sent.
    let recordRequests: ByteString
    /// Whose the records are, in their order.
    let owners: [Owner]
    let frontier: Frontier
    /// The cascade as one command; nil when more than names decide, or a limit does.
    let removal: PreparedRemoval?

    /// A key that is recorded.
    struct Owner: Sendable {
        /// Its place among the keys that are written.
        let place: Int
        /// Where its records end.
        let end: Int
    }

    init(records: [Record], owners: [Owner], closure: Closure, limits: Cascade.Limits, listsAtMost: Int) {
        self.records = records
        self.owners = owners
        var requests = ByteBuffer()
        for record in records {
            RequestEncoder.append(["SADD", record.indexKey, record.member], into: &requests)
        }
        recordRequests = records.isEmpty ? "" : ByteString(requests.span)
        var frontier = Frontier()
        frontier.add(closure, base: 0)
        self.frontier = frontier
        removal =
            frontier.steps.isEmpty ? nil : PreparedRemoval(frontier, limits, listsAtMost: listsAtMost)
    }

    /// Nothing goes stale and nothing is recorded.
    static let nothing = Plan(
        records: [], owners: [], closure: Closure(), limits: Cascade.Limits(depth: 0, keys: 0, stepKeys: 0),
        listsAtMost: 0)

    /// Whether the reply waits although `cascade` says that it does not: a rule wants it to.
    var holdsReply: Bool { frontier.firings.contains { $0.rule.clauses.reply == .before } }

    /// About how much memory the plan takes.
    var byteCount: Int {
        let steps = frontier.steps.reduce(0) { $0 + $1.key.count + $1.parent.count + 200 }
        let sets = records.reduce(0) { $0 + $1.indexKey.count + $1.member.count + 100 }
        let takes = frontier.takes.reduce(0) { $0 + $1.indexKey.count + $1.parent.count + 100 }
        let firings = frontier.firings.reduce(0) { $0 + $1.trigger.count + 100 }
        return recordRequests.count + steps + sets + takes + firings + (removal?.request.count ?? 0)
    }
}

/// The UNLINK of all that names have told, as bytes, and what the audit says of it.
final class PreparedRemoval: Sendable {
    /// How many keys one UNLINK removes at most.
    static let longest = 500

    let request: ByteString
    let targets: [AuditRecord.Target]
    let targetCount: Int
    let deepest: Int

    fileprivate init?(_ frontier: Frontier, _ limits: Cascade.Limits, listsAtMost: Int) {
        let steps = frontier.steps
        guard frontier.takes.isEmpty, frontier.roots.isEmpty, frontier.firings.isEmpty,
            steps.count <= min(limits.keys, Self.longest)
        else { return nil }
        var bytes = ByteBuffer()
        RequestEncoder.append(["UNLINK"] + steps.map(\.key), into: &bytes)
        request = ByteString(bytes.span)
        targets = steps.prefix(listsAtMost).map { step in
            Cascade.target(step.key, step.depth, step.parent, step.origin, .computed)
        }
        targetCount = steps.count
        deepest = steps.reduce(0) { max($0, $1.depth) }
    }
}

/// The plans of keys written lately.
///
/// A key has one place, which a key written later may take. It is emptied when the conventions change.
struct PlanCache {
    private static let places = 512
    /// Longer plans are made anew each time, so that all of them together stay below four megabytes.
    private static let longest = 8192

    private var conventions: Conventions?
    private var plans: [(key: ByteString, plan: Plan)?] = []

    /// The plan of a write of `key`, made by `make` unless it is known.
    mutating func plan(for key: ByteString, _ conventions: Conventions, make: () -> Plan) -> Plan {
        if self.conventions !== conventions {
            self.conventions = conventions
            plans = Array(repeating: nil, count: Self.places)
        }
        let place = Int(truncatingIfNeeded: UInt(bitPattern: key.hashValue) % UInt(Self.places))
        if let known = plans[place], known.key == key { return known.plan }
        let plan = make()
        if key.count + plan.byteCount <= Self.longest { plans[place] = (key, plan) }
        return plan
    }
}
