import TestSupport

/// A script carried out on one server: what came back at each step, and what came at the end of each
/// connection.
struct ScriptRun {
    private(set) var transcript: [(step: String, bytes: [UInt8])] = []
    private var clients: [Character: RawClient] = [:]

    /// `server` is the Redis that does the work in the end; it is asked whether clients are blocked.
    init(_ script: Script, on endpoint: Endpoint, server: RedisServer) throws {
        for step in script.steps {
            switch step {
            case .untilBlocked(let count):
                try waitUntil("\(count) blocked clients") {
                    try server.info("clients", "blocked_clients") == count
                }
            case .command(let connection, let bytes, let replies):
                let client = try clients[connection] ?? RawClient(endpoint)
                clients[connection] = client
                try client.send(bytes)
                let received = try client.readFrames(replies).flatMap(\.bytes)
                transcript.append(("\(connection): \(describe(bytes))", received))
            }
        }
        for (connection, client) in clients.sorted(by: { $0.key < $1.key }) {
            client.halfClose()
            transcript.append(("the end of \(connection)", try client.readToEnd()))
        }
    }
}
