/// How far the records of a write are.
struct RecordState {
    /// What is known of the write.
    enum Outcome { case pending, changed, unchanged, unknown }

    var outcome = Outcome.pending
    /// Whether the records that follow the write have been sent.
    var isSent = false
    /// Replies due to what precedes the write, and pieces of it that are not looked at yet.
    var dueBefore = 0
    /// Whether the write turned out not to happen before these had come.
    var isAbandoned = false
    /// Replies due to the records that follow it.
    var due = 0
    /// How often the index had become suspect when the first record was sent, and whether it was then.
    var episode = 0
    var wasSuspect = false
    /// Keys whose record was new before the write, and after it: their places in the plan.
    var newBefore: [Int] = []
    var newAfter: [Int] = []
    /// Keys that were there without a record, and may still have what they had.
    var missed: [Int] = []
    /// Whether the answer of Redis to a record after the write is missing.
    var hasFailed = false
}
