import Bytes

/// The line of the configuration that something follows from.
///
/// An object, for it is passed on with everything that follows from the line.
public final class Origin: Sendable {
    public enum Kind: String, Sendable, Hashable {
        case tag, depend, rule, protect, schedule
    }

    public let kind: Kind
    /// The line as written, its words joined by one space: `tag product:{id}:** product:{id}`.
    public let text: String
    public let location: SourceLocation
    /// Where the line stands, for messages and records: `proxy.conf:31`.
    public let place: String
    /// The name of the rule; nil for every other kind.
    public let ruleName: String?

    /// The pattern of the keys that the line speaks of, `page:{lang}:product:{id}`; a rule's is its trigger.
    public var pattern: String {
        let words = text.split(separator: " ")
        let index = kind == .rule ? words.firstIndex(of: "on").map { $0 + 1 } : 1
        guard let index, words.indices.contains(index) else { return "" }
        return String(words[index])
    }

    public init(kind: Kind, text: String, location: SourceLocation, ruleName: String? = nil) {
        self.kind = kind
        self.text = text
        self.location = location
        self.ruleName = ruleName
        place = "\(location.file):\(location.line)"
    }

    convenience init(_ kind: Kind, _ words: [Word], at place: SourceLocation, ruleName: String? = nil) {
        let text = ([kind.rawValue] + words.map(\.text.text)).joined(separator: " ")
        let location = place == .unknown ? (words.first?.location ?? place) : place
        self.init(kind: kind, text: text, location: location, ruleName: ruleName)
    }
}

extension Origin: Hashable {
    public static func == (left: Origin, right: Origin) -> Bool {
        left === right
            || (left.location == right.location && left.kind == right.kind && left.text == right.text
                && left.ruleName == right.ruleName)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(location)
        hasher.combine(kind)
    }
}
