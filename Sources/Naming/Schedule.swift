public import Bytes
public import Schedules

/// What is invalidated at fixed times: one `schedule` line.
public struct Schedule: Sendable {
    /// What one run invalidates.
    public enum Target: Sendable, Hashable {
        /// The key and everything that depends on it.
        case key(ByteString)
        /// Every key that carries the tag or one below it, and everything that depends on those.
        case tag(ByteString)
        /// Every key that matches, and everything that depends on those.
        case pattern(ScheduledPattern)
    }

    public let name: String
    /// When it is due.
    public let timetable: Timetable
    public let catchUp: CatchUp
    /// How late a missed time is still caught up.
    public let catchUpMilliseconds: Int
    /// A run begins this much later at most, so that schedules of the same time do not all begin at once.
    public let jitterMilliseconds: Int
    /// The number of the database in which keys are invalidated.
    public let database: Int
    public let targets: [Target]
    /// Where not 0, keys expire within so long instead of being removed.
    public let softlyMilliseconds: Int
    /// Where not 0, a run takes so long instead of being as fast as it may.
    public let overMilliseconds: Int
    public let origin: Origin
    /// Where each of `targets` stands.
    let targetPlaces: [SourceLocation]

    /// `0 3 * * *, Europe/Berlin`: the times, as state kept in Redis is compared with.
    public var specification: String { "\(timetable.expression.text), \(timetable.zone.name)" }

    /// The key in Redis under which proxies agree about it.
    public var stateKey: ByteString { IndexKey.state(ofSchedule: name) }

    /// How long after a due time its run begins, in milliseconds: the same for every proxy, and below
    /// `jitterMilliseconds`.
    public func delay(of due: Int64) -> Int {
        guard jitterMilliseconds > 0 else { return 0 }
        // FNV-1a, finished as SplitMix64 does, for neighbouring numbers must not stay neighbours.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01b3 }
        hash ^= UInt64(bitPattern: due)
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((hash ^ (hash >> 31)) % UInt64(jitterMilliseconds))
    }
}

/// A pattern of keys, as whoever looks through all keys needs it.
public struct ScheduledPattern: Sendable, Hashable {
    let pattern: Pattern

    /// As written.
    public var text: String { pattern.text }

    public func matches(_ key: ByteString) -> Bool { pattern.match(key.span) != nil }

    public static func == (left: ScheduledPattern, right: ScheduledPattern) -> Bool {
        left.text == right.text && left.pattern.separator == right.pattern.separator
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
