/// Why a session has a link of its own; without any it goes back to sharing when nothing is in flight.
public struct PinReasons: OptionSet, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    static let dedicated = PinReasons(rawValue: 1 << 0)
    static let transaction = PinReasons(rawValue: 1 << 1)
    static let watch = PinReasons(rawValue: 1 << 2)
    static let subscription = PinReasons(rawValue: 1 << 3)
    static let monitor = PinReasons(rawValue: 1 << 4)
    static let tracking = PinReasons(rawValue: 1 << 5)
    static let clientId = PinReasons(rawValue: 1 << 6)
    static let replication = PinReasons(rawValue: 1 << 7)
    static let administration = PinReasons(rawValue: 1 << 8)
    static let streaming = PinReasons(rawValue: 1 << 9)
    /// The client does not read its replies.
    static let slow = PinReasons(rawValue: 1 << 10)
    /// Redis holds back a link that others share.
    static let stall = PinReasons(rawValue: 1 << 11)

    /// What a command asks for, and what is only so once Redis has accepted it.
    static let granted: PinReasons = [.watch, .tracking, .clientId, .administration]

    /// The reasons as the metric names them, by bit.
    public static let names = [
        "dedicated", "transaction", "watch", "subscription", "monitor", "tracking", "client-id",
        "replication", "connection-state", "large-request", "slow-reader",
        "stalled-link",
    ]
}
