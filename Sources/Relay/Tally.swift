/// Plain counts of one loop, published to the metrics from time to time: no atomics on the data path.
public final class Tally {
    /// Requests by index in the command table; the last slot counts unknown ones.
    public var commands: [Int]
    public var clientBytesIn = 0
    public var upstreamBytesIn = 0
    public var sessionsOpened = 0
    public var sessionsRefused = 0
    public var sessionsOpen = 0
    public var linksOpen = 0
    public var pinnedLinks = 0
    /// Sessions that have a link of their own, by the bit of the reason in `PinReasons`.
    public private(set) var pinnedSessions = [Int](repeating: 0, count: PinReasons.names.count)
    /// Shared links that stood still while Redis answered on others: so many in all, so many now.
    public var stalledLinks = 0
    public var stalledNow = 0
    /// Sessions that wait for a blocking command.
    public internal(set) var blockedSessions = 0
    public var desyncs = 0
    public var limits = LimitCounts()
    public var protocolErrors = 0
    public var crossProtocol = 0
    public var opaqueSessions = 0
    public var reservedRefusals = 0
    public var scriptsWithoutKeys = 0
    public var mutationsPlanned = 0
    /// Invariants of Freshet's own that were found broken, each of which ended a session or a link.
    public var brokenInvariants = 0

    func pinsChanged(from old: PinReasons, to new: PinReasons) {
        var changed = old.rawValue ^ new.rawValue
        while changed != 0 {
            let bit = changed.trailingZeroBitCount
            pinnedSessions[bit] += new.rawValue & (1 << UInt16(bit)) == 0 ? -1 : 1
            changed &= changed - 1
        }
    }

    public init(commandCount: Int) { commands = Array(repeating: 0, count: commandCount + 1) }
}

/// How often limits of the configuration were reached, by directive.
public struct LimitCounts {
    public var bufferedReply = 0
    public var bufferedRequest = 0
    public var clientOutput = 0
    public var clientStall = 0
    public var sharedStall = 0
    public var replyStall = 0
    public var buffers = 0
    public var audit = 0
    /// Links on which replies to a client that hung up did not come within `hang-up-timeout`.
    public var hangUps = 0
    /// Peers whose system acknowledged nothing for `tcp-keepalive` although bytes were in flight.
    public var silentPeers = 0
}
