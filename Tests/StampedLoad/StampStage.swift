import Synchronization
import TestSupport

/// What the clients of one setup share: where they connect, and what is being done to Redis.
final class StampStage: Sendable {
    static let users = ["amy", "bob", "cid"]

    let setup: StampSetup
    let redis: RedisServer
    let line: FaultProxy
    let proxy: FreshetProcess
    let score: Score
    let clients: Int
    /// How often Redis has lost its data; counted while no Redis runs.
    let epoch = Atomic(0)
    /// Whether nothing is being broken.
    let isCalm = Atomic(true)
    let isOver = Atomic(false)

    init(_ setup: StampSetup, clients: Int, score: Score) throws {
        self.setup = setup
        self.score = score
        self.clients = clients
        redis = try RedisServer(
            options: Self.users.flatMap {
                ["--user", $0, "on", ">" + Self.password(of: $0), "~*", "&*", "+@all"]
            })
        line = try FaultProxy(to: redis.tcp)
        proxy = try FreshetProcess(upstream: line.endpoint, configuration: setup.configuration)
    }

    var endpoint: Endpoint { proxy.tcp }

    static func password(of user: String) -> String { "secret-of-" + user }
}
