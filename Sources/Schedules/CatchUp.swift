/// What is done with due times that passed while nothing could be done.
public enum CatchUp: String, Sendable, CaseIterable {
    /// One run makes up for all of them.
    case once
    /// They are left out.
    case skip
    /// Each has a run of its own.
    case all
}
