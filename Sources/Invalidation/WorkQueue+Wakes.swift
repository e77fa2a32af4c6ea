extension WorkQueue {
    /// When a piece that waits is due, in ticks; the first due is first.
    struct Wake: Comparable, Sendable {
        var until: UInt64
        var number: Int64
        static func < (left: Wake, right: Wake) -> Bool {
            (left.until, left.number) < (right.until, right.number)
        }
    }

    /// The same, with the latest first.
    struct LateWake: Comparable, Sendable {
        var until: UInt64
        var number: Int64
        static func < (left: LateWake, right: LateWake) -> Bool {
            (left.until, left.number) > (right.until, right.number)
        }
    }
}
