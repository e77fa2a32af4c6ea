/// What is done with a stale key.
enum Manner: Sendable, Hashable {
    /// It is removed (UNLINK).
    case remove
    /// It is only found: a dry run, or `mode observe`.
    case look
    /// It expires within so many milliseconds, at a moment drawn at random for each key, unless it would
    /// have expired sooner.
    case soften(withinMilliseconds: Int)

    var isLookOnly: Bool { self == .look }
}
