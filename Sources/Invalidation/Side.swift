import Relay

/// Which Redis something is owed to.
public enum Side: String, Sendable, CaseIterable {
    /// The one that `upstream` names.
    case primary
    /// The one that `fallback` names.
    case fallback

    init(_ place: Destination.Place) { self = place == .primary ? .primary : .fallback }

    var place: Destination.Place { self == .primary ? .primary : .fallback }
    var other: Side { self == .primary ? .fallback : .primary }
}
