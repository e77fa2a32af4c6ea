/// What is wrong with a cron expression, and in which of its bytes.
public struct CronProblem: Error, Sendable, Hashable {
    /// One sentence: the field, what was expected, what was found.
    public let message: String
    /// The bytes of the expression in question.
    public let place: Range<Int>

    init(_ message: String, at place: Range<Int>) {
        self.message = message
        self.place = place
    }
}
