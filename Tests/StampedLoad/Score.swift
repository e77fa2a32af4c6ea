import Synchronization

/// What the clients of a run have seen together.
public final class Score: Sendable {
    let requests = Atomic(0)
    let replies = Atomic(0)
    /// Connections that ended although the client had not asked for it.
    let closes = Atomic(0)
    /// Connections that the client left in the middle of something.
    let vanished = Atomic(0)
    /// Connections that ended with Freshet's own words about an upstream that is not there.
    let unavailable = Atomic(0)
    /// Replies that are not the expected one.
    let foreign = Atomic(0)
    /// Replies that did not come although the connection stayed.
    let missing = Atomic(0)
    /// Connections that ended while nothing was broken.
    let causeless = Atomic(0)
    private let first = Mutex<String?>(nil)

    public init() {}

    /// The first thing that went wrong, in full.
    public var firstProblem: String? { first.withLock { $0 } }

    public var isClean: Bool {
        value(foreign) + value(missing) + value(causeless) == 0
    }

    func note(_ counter: borrowing Atomic<Int>, _ text: @autoclosure () -> String) {
        counter.add(1, ordering: .relaxed)
        first.withLock { if $0 == nil { $0 = text() } }
    }

    public var description: String {
        """
        \(value(requests)) requests, \(value(replies)) replies, \(value(closes)) closes, \
        \(value(vanished)) vanished, \(value(unavailable)) unavailable, \(value(missing)) missing, \
        \(value(causeless)) causeless closes, \(value(foreign)) foreign replies
        """
    }

    private func value(_ counter: borrowing Atomic<Int>) -> Int { counter.load(ordering: .relaxed) }
}
