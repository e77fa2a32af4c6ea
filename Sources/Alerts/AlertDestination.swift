/// Where alerts go.
public struct AlertDestination: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// POST of all alerts to /api/v2/alerts, repeated while they fire.
        case alertmanager
        /// POST of one alert when it begins to fire and when it is resolved.
        case webhook
    }

    public var kind: Kind
    /// All of it, for the one place that sends; it may hold a secret.
    var url: String
    /// What logs and listings show: without what may be secret.
    public var name: String

    /// - Parameters:
    ///   - url: where requests go, `http://` or `https://`, the path of the API included.
    ///   - name: what logs and listings call it.
    public init(_ kind: Kind, url: String, name: String) {
        self.kind = kind
        self.url = url
        self.name = name
    }

    var repeats: Bool { kind == .alertmanager }
}
