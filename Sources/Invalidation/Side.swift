/// Which Redis something is owed to.
public enum Side: String, Sendable, CaseIterable {
    /// The one that `upstream` names.
    case primary
    /// The one that `fallback` names.
    case fallback
}
