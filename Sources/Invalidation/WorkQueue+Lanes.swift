extension WorkQueue {
    /// Work that waits for the same: the oldest of it runs first.
    struct Lane: Hashable, Sendable {
        var side: Side
        var rule: String?
        var size: Size
        var isBraked: Bool

        init(_ work: Work) {
            side = work.side
            rule = work.rule
            size = Size(work)
            isBraked = work.isBraked
        }
    }

    /// Work of one size waits for no other.
    enum Size: Sendable {
        case small, big
        /// Work that is spread over a time: it mostly waits.
        case spread

        init(_ work: Work) { self = work.spreadMilliseconds > 0 ? .spread : work.isBig ? .big : .small }
    }

    struct Slots: Hashable, Sendable {
        var side: Side
        var size: Size
    }

    /// So many times as much spread work runs at a time as other work.
    static let spreadSlots = 64
}
