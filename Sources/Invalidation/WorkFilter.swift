public import Bytes
import Naming

/// Which pieces of work an operator means; what is nil does not matter.
public struct WorkFilter: Sendable {
    public var rule: String?
    /// What the reason of the failure contains, in any case.
    public var error: String?
    public var side: Side?
    /// No older than so many seconds.
    public var sinceSeconds: Int?
    /// A pattern as that of KEYS, for the causing keys and for those to be invalidated.
    public var match: ByteString?
    public var state: String?
    /// One piece, by its number.
    public var number: Int64?
    public var limit: Int?

    public init() {}

    /// Whether nothing is asked for.
    public var isEmpty: Bool {
        rule == nil && error == nil && side == nil && sinceSeconds == nil && match == nil && state == nil
            && number == nil
    }

    func means(_ item: WorkQueue.Item, at now: Moment) -> Bool {
        let work = item.work
        if let number, work.number != number { return false }
        if let rule, work.rule != rule { return false }
        if let side, work.side != side { return false }
        if let state, item.stateName != state { return false }
        if let sinceSeconds, now.wall - work.accepted > Int64(sinceSeconds) * 1000 { return false }
        if let error, work.error?.lowercased().contains(error.lowercased()) != true { return false }
        guard let match else { return true }
        return (work.cause.keys + work.targets(atMost: .max)).contains { Glob.matches(match, $0) }
    }
}
