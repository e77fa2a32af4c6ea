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

    /// Of the time in which keys expire, the first half is for those that something follows from; what does
    /// expires in the rest, which begins when the last of them is gone.
    static func lead(of milliseconds: Int) -> Int { max(1, milliseconds / 2) }

    /// How what follows from keys is removed, and after how many milliseconds that may begin.
    var next: (manner: Manner, afterMilliseconds: Int) {
        guard case .soften(let within) = self else { return (self, 0) }
        let lead = Self.lead(of: within)
        return (.soften(withinMilliseconds: max(1, within - lead)), lead + Self.margin)
    }

    /// Redis removes a key some time after the millisecond in which it expires.
    private static let margin = 5
}
