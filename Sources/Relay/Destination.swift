public import Config

/// Where the links of a pool lead: one of the Redis that the configuration names.
public struct Destination: Sendable {
    /// The directive that names it.
    public enum Place: Sendable { case primary, fallback }

    public let place: Place
    public private(set) var upstream: Upstream
    /// Whom its certificate must be for.
    private(set) var serverName: String

    /// - Parameter place: for `fallback`, one must be configured.
    public init(_ place: Place, _ settings: Settings) {
        self.place = place
        upstream = place == .primary ? settings.upstream : settings.fallback ?? settings.upstream
        serverName = ""
        adopt(settings)
    }

    /// Takes what a reload may change.
    mutating func adopt(_ settings: Settings) {
        let name = place == .primary ? settings.upstreamTlsServerName : settings.fallbackTlsServerName
        if let name {
            serverName = name
        } else if case .tcp(let host, _) = upstream.address {
            serverName = host
        }
    }

    /// Who Freshet is there.
    public var identity: Identity {
        upstream.password == nil && upstream.user == nil
            ? .anonymous : Identity(user: upstream.user, password: upstream.password)
    }

    /// The directive's name, for people.
    var word: String { place == .primary ? "upstream" : "fallback" }

    var topic: Noticeboard.Topic { place == .primary ? .upstream : .fallback }
}
