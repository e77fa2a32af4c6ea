import TestSupport

/// A Redis, the proxy in front of it with a trusted index, and ways to both.
final class IndexStage {
    let redis: RedisServer
    let proxy: FreshetProcess
    let client: RawClient
    private let direct: HiredisClient

    init(_ conventions: String, options: [String] = [], seed: [String] = []) throws {
        redis = try RedisServer(options: options)
        direct = try HiredisClient(redis.unix)
        for line in seed { _ = try direct.command(RequestEncoding.arguments(of: line)) }
        proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: """
                log-format text
                probe-interval 100ms
                audit-file \(redis.directory.path)/audit.jsonl
                \(conventions)
                """)
        client = try RawClient(proxy.unix)
        try waitForTrust()
    }

    func isTrusted() throws -> Bool {
        try RawClient(proxy.admin).command("FRESHET", "INFO").text?.contains("\r\nsuspect:no") == true
    }

    func waitForTrust() throws {
        try waitUntil("a trusted index; the log: \(proxy.log)", withinMilliseconds: 30_000) {
            try isTrusted()
        }
    }

    /// Runs a command through the proxy, written as for redis-cli.
    @discardableResult
    func run(_ line: String) throws -> Reply {
        try client.send(RequestEncoding.command(RequestEncoding.arguments(of: line)))
        return try client.readFrame().reply
    }

    /// Runs a command in Redis, past the proxy.
    @discardableResult
    func redis(_ line: String) throws -> Reply { try direct.command(RequestEncoding.arguments(of: line)) }

    /// Runs a verb of the admin port.
    @discardableResult
    func admin(_ line: String) throws -> Reply {
        let client = try RawClient(proxy.admin)
        try client.send(RequestEncoding.command(RequestEncoding.arguments(of: "FRESHET " + line)))
        return try client.readFrame().reply
    }

    func has(_ key: String) throws -> Bool { try redis("EXISTS \(key)") == .integer(1) }

    func waitUntilGone(_ keys: String...) throws {
        for key in keys {
            try waitUntil("\(key) is gone; the log: \(proxy.log)", withinMilliseconds: 30_000) {
                try !has(key)
            }
        }
    }

    func members(_ set: String) throws -> Int { try redis("SCARD \(set)").integer ?? -1 }

    /// Waits until the proxy knows the index sets, so that their loss can be told from their never having
    /// been there.
    func waitForMarks(in database: Int = 0) throws {
        try redis("SELECT \(database)")
        try waitUntil("the marks") {
            try redis("EXISTS freshet:tag: freshet:sub: freshet:dep:") == .integer(3)
        }
        try redis("SELECT 0")
    }
}
