/// What is known of an index set that is swept: how many members die, and when to look again.
///
/// A set is looked through a page at a time. The next look begins when, at the pace of the last one, as many
/// members have died as half of those that live; a set in which nothing dies is looked at ever more rarely.
struct SweptSet {
    /// So many dead members are no reason to hurry.
    private static let few = 500
    private static let shortestMilliseconds: UInt64 = 200
    /// A set is swept too slowly when more of it is dead than alive and than died in so long, at so many
    /// looks in a row.
    private static let graceMilliseconds: UInt64 = 2000
    private static let looksUntilBehind = 3

    /// Where SSCAN goes on.
    private(set) var cursor = "0"
    private(set) var size = 0
    private var looked = 0
    private var removed = 0
    /// Dead members that the last whole look has found.
    private(set) var lastRemoved = 0
    private var endedMilliseconds: UInt64
    private(set) var wait: UInt64 = 1000
    private var slowLooks = 0

    init(now: UInt64) { endedMilliseconds = now }

    /// Whether more dies than is removed in time.
    var isBehind: Bool { slowLooks >= Self.looksUntilBehind }

    /// Takes a page; returns after how many milliseconds the next one is due.
    mutating func took(
        cursor next: String, looked more: Int, removed dead: Int, size: Int, now: UInt64, longest: UInt64
    ) -> UInt64 {
        cursor = next
        self.size = size
        looked += more
        removed += dead
        guard next == "0" else { return 0 }
        let elapsed = max(1, now - min(now, endedMilliseconds))
        let living = max(0, looked - removed)
        let excused = removed * Int(min(elapsed, Self.graceMilliseconds)) / Int(elapsed)
        slowLooks = removed - excused > max(living, Self.few) ? slowLooks + 1 : 0
        wait = pause(living: living, elapsed: elapsed, longest: longest)
        endedMilliseconds = now
        lastRemoved = removed
        looked = 0
        removed = 0
        return wait
    }

    private func pause(living: Int, elapsed: UInt64, longest: UInt64) -> UInt64 {
        guard removed > 0 else { return min(longest, 2 * wait) }
        let allowed = UInt64(max(living / 2, Self.few))
        return min(longest, max(Self.shortestMilliseconds, allowed * elapsed / UInt64(removed)))
    }

    /// Another Redis answers: where the look had come to means nothing there.
    mutating func beginAgain() {
        cursor = "0"
        looked = 0
        removed = 0
    }
}
