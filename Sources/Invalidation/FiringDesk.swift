import Audit
import Bytes
import EventLoop
import Naming

/// Turns firings into work: when each is due, and which of them another one covers.
///
/// Equal firings are those of one rule with the same targets, in the same database, whose conditions ask for
/// the same. Confined to the engine's loop.
struct FiringDesk {
    /// When the last firing of a kind is due, in milliseconds of the loop.
    private var due: [ByteString: UInt64] = [:]
    private var buckets: [String: TokenBucket] = [:]
    private static let longest = 10_000
    /// When it is worth looking again for what is no longer due.
    private var nextLook: UInt64 = 0

    /// The work of a firing; nil where a firing that waits will do all of it, late enough.
    mutating func work(
        for firing: Firing, _ undated: Work, _ conventions: Conventions, now: UInt64,
        isWaiting: (Work) -> Bool
    ) -> Work? {
        var work = undated
        work.mergeKey = conventions.mergeKey(of: firing)
        let clauses = firing.rule.clauses
        if let debounce = clauses.debounceMilliseconds {
            work.debounceMilliseconds = debounce
            work.delayMilliseconds = debounce
        }
        guard clauses.afterMilliseconds != nil || clauses.rate != nil, !firing.rule.isPaused else {
            return work
        }
        let name = ByteString(work.kin.bytes + work.mergeKey.bytes)
        let after = UInt64(clauses.afterMilliseconds ?? 0)
        let earliest = now + after
        if let known = due[name], known >= earliest, known > now, isWaiting(work) {
            guard clauses.debounceMilliseconds == nil else { return work }
            return nil
        }
        // A little later than was asked for, so that a key that is written all the time has one firing due in
        // each quarter of its delay, and not one for each write.
        var at = earliest + after / 4
        if let rate = clauses.rate {
            at = buckets[firing.rule.name, default: TokenBucket()].take(rate, at: now, notBefore: at)
        }
        work.delayMilliseconds = max(work.delayMilliseconds, Int(at - now))
        remember(name, at, now)
        return work
    }

    /// Forgets what was known of a rule: it is no more, or its work was thrown away.
    mutating func forget(_ rule: String) {
        buckets[rule] = nil
        due = [:]
    }

    private mutating func remember(_ name: ByteString, _ at: UInt64, _ now: UInt64) {
        if due.count >= Self.longest, now >= nextLook {
            due = due.filter { $0.value > now }
            nextLook = now + 1000
        }
        if due.count < Self.longest { due[name] = at }
    }
}

/// Lets a rule fire so often in a period and no more; who comes too early is told when to come.
struct TokenBucket {
    /// When all tokens will be back, in microseconds of the loop's clock.
    private var full: UInt64 = 0

    /// Takes a token and says when it is good, in milliseconds, at `earliest` or later.
    mutating func take(_ rate: RuleClauses.Rate, at now: UInt64, notBefore earliest: UInt64) -> UInt64 {
        let interval = UInt64(rate.perMilliseconds) * 1000 / UInt64(rate.count)
        let period = UInt64(rate.perMilliseconds) * 1000
        let start = max(earliest * 1000, full > period - interval ? full - (period - interval) : 0)
        full = max(full, start) + interval
        return (start + 999) / 1000
    }
}

extension Work {
    /// The work of a rule that has fired.
    init(_ firing: Firing, _ cause: Cause, parent: ULID?, side: Side) {
        var cause = cause
        cause.note = "rule \(firing.rule.name), fired by \(firing.trigger)"
        let clauses = firing.rule.clauses
        self.init(
            .fire(firing), cause, parent: parent, side: side,
            manner: clauses.softlyMilliseconds.map { .soften(withinMilliseconds: $0) } ?? .remove,
            rule: firing.rule.name)
        spreadMilliseconds = clauses.overMilliseconds ?? 0
    }
}

extension Conventions {
    /// What firings have in common that do the same: their targets, and what their conditions ask for.
    func mergeKey(of firing: Firing) -> ByteString {
        var key = ByteString()
        for name in targets(of: firing.rule, firedBy: firing.trigger) { key.append(name) }
        for question in firing.questions {
            switch question {
            case .exists(let name): key.append(ByteString("?".utf8 + name.bytes))
            case .timeToLive(let name), .size(let name): key.append(ByteString("=".utf8 + name.bytes))
            }
        }
        return key
    }
}

extension ByteString {
    /// Appends `name` and a mark behind it that no other name can be mistaken for.
    fileprivate mutating func append(_ name: ByteString) {
        bytes += name.bytes
        bytes += " \(name.count)\0".utf8
    }
}

extension Engine {
    /// Takes rules that have fired and that wait for something.
    ///
    /// - Parameter side: the Redis that it is owed to; the one that the cause speaks of when nil.
    func fire(
        _ firings: [Firing], _ cause: Cause, parent: ULID?, side: Side? = nil,
        accepted: (@Sendable () -> Void)? = nil
    ) {
        let works = firings.compactMap { firing in
            let work = Work(firing, cause, parent: parent, side: side ?? cause.side)
            return desk.work(for: firing, work, conventions, now: loop.nowMilliseconds) {
                queue.waits($0.names)
            }
        }
        let all = accepted.map { AcceptedAll(works.count, $0) }
        for var work in works {
            if let all { work.onAccepted.append { all.one() } }
            enqueueEverywhere(work)
        }
    }
}
