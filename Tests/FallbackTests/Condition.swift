import TestSupport

/// What may be the matter with a Redis.
enum Condition: String, CaseIterable, Sendable {
    case up, down, hanging, readOnly, loading

    /// Whether commands that only read are answered.
    var answersReads: Bool { self == .up || self == .readOnly }

    /// Puts a Redis that is up into this condition.
    func enter(_ server: RedisServer) throws {
        switch self {
        case .up: break
        case .down: try server.kill()
        case .hanging: server.pause()
        case .readOnly: try server.run("REPLICAOF 127.0.0.1 1")
        case .loading: try Self.load(server)
        }
    }

    /// Ends the condition and waits until Redis answers and takes writes.
    func heal(_ server: RedisServer) throws {
        switch self {
        case .up: return
        case .down: try server.start()
        case .hanging: server.resume()
        case .readOnly: try server.run("REPLICAOF NO ONE")
        case .loading: try server.run("CONFIG SET key-load-delay 0")
        }
        try waitUntil("it takes writes", withinMilliseconds: 30_000) {
            (try? server.run("SET healed yes")) == .simple("OK")
        }
    }

    /// Has Redis load what it holds, so slowly that it goes on until it is healed.
    private static func load(_ server: RedisServer) throws {
        let client = try HiredisClient(server.unix)
        for line in [
            "SELECT 9", "DEBUG POPULATE 60000", "CONFIG SET loading-process-events-interval-bytes 1024",
            "CONFIG SET key-load-delay 1000",
        ] { _ = try client.command(RequestEncoding.arguments(of: line)) }
        try RawClient(server.unix).sendCommand("DEBUG", "RELOAD")
        try waitUntil("it is loading", withinMilliseconds: 30_000) {
            try server.run("GET any").text?.hasPrefix("LOADING") == true
        }
    }
}
