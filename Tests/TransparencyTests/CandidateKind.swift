import TestSupport

/// The ways to stand between an application and Redis; each must be invisible.
enum CandidateKind: String, CaseIterable, Sendable {
    /// TCP on both sides, shared links, no conventions.
    case tcp
    /// Unix sockets on both sides, shared links, and a convention whose records ride behind tagged writes.
    case unix
    /// TCP before, a Unix socket behind, a link of its own for every client.
    case dedicated
    /// TLS on both sides, shared links.
    case tls

    /// `FRESHET_CANDIDATE=redis` puts a second Redis where the proxy would be: the comparer compared with
    /// itself.
    static let isRedisItself = ProcessEnvironment["FRESHET_CANDIDATE"] == "redis"

    var configuration: String {
        switch self {
        case .tcp, .tls: ""
        case .unix: "tag tagged:{id}:** tagged:{id}"
        case .dedicated: "connections dedicated"
        }
    }

    func upstream(of server: RedisServer) -> Endpoint {
        self == .tcp || self == .tls ? server.tcp : server.unix
    }
}
