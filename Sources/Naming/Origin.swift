import Bytes

/// The line of the configuration that something follows from.
public struct Origin: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case tag, depend, rule, protect
    }

    public var kind: Kind
    /// The line as written, its words joined by one space: `tag product:{id}:** product:{id}`.
    public var text: String
    public var location: SourceLocation
    /// The name of the rule; nil for every other kind.
    public var ruleName: String?

    public init(kind: Kind, text: String, location: SourceLocation, ruleName: String? = nil) {
        self.kind = kind
        self.text = text
        self.location = location
        self.ruleName = ruleName
    }

    init(_ kind: Kind, _ words: [Word], at place: SourceLocation, ruleName: String? = nil) {
        let text = ([kind.rawValue] + words.map(\.text.text)).joined(separator: " ")
        let location = place == .unknown ? (words.first?.location ?? place) : place
        self.init(kind: kind, text: text, location: location, ruleName: ruleName)
    }
}
