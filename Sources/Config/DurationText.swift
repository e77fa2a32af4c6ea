import Bytes

extension Duration {
    /// Whole milliseconds, rounded towards zero: the unit of the event loop's timers.
    public var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}

extension DurationText {
    static func parse(_ text: String) -> Duration? { milliseconds(text).map { .milliseconds($0) } }

    static func render(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
