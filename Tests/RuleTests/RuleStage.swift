import TestSupport

/// A Redis, the proxy with rules in front of it, and its admin port, for one test.
final class RuleStage {
    let redis: RedisServer
    let proxy: FreshetProcess
    let client: RawClient
    /// Past the proxy.
    private let direct: HiredisClient

    /// - Parameter seed: keys that Redis has before the proxy is there.
    init(_ configuration: String, seed: [String] = []) throws {
        redis = try RedisServer()
        direct = try HiredisClient(redis.unix)
        for key in seed { _ = try direct.command("SET", key, "x") }
        proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: "audit-file \(redis.directory.path)/audit.jsonl\n" + configuration)
        client = try RawClient(proxy.unix)
        try waitUntil("a trusted index; the log: \(proxy.log)") {
            try admin("INFO").text?.contains("suspect:no") == true
        }
    }

    /// Runs a command through the proxy, written as for redis-cli.
    @discardableResult
    func run(_ line: String) throws -> Reply { try client.line(line) }

    /// Runs a command in Redis, past the proxy.
    @discardableResult
    func redis(_ line: String) throws -> Reply { try direct.command(RequestEncoding.arguments(of: line)) }

    /// Runs a verb of the admin port: what follows FRESHET.
    @discardableResult
    func admin(_ line: String) throws -> Reply { try RawClient(proxy.admin).line("FRESHET " + line) }

    /// Whether Redis has the key, past the proxy.
    func has(_ key: String) throws -> Bool { try direct.command("EXISTS", key) == .integer(1) }

    /// Writes `key`, whatever rules say of it, then runs `line` and tells whether `key` is still there.
    func survives(_ key: String, _ line: String) throws -> Bool {
        try redis("SET \(key) x")
        let reply = try run(line)
        if reply.isError { throw SupportError("\(line): \(reply)") }
        return try has(key)
    }

    /// How often something became of a rule.
    func count(_ rule: String, _ outcome: String) throws -> Int {
        let value = try proxy.metric("freshet_rule_firings_total{rule=\"\(rule)\",outcome=\"\(outcome)\"}")
        return Int(value ?? 0)
    }

    /// The audit's lines.
    func audit() throws -> [String] {
        try FileSystem.readText(redis.directory.path + "/audit.jsonl").split(separator: "\n").map(String.init)
    }
}

extension RawClient {
    /// Runs a command written as for redis-cli.
    @discardableResult
    func line(_ line: String) throws -> Reply {
        try send(RequestEncoding.command(RequestEncoding.arguments(of: line)))
        return try readFrame().reply
    }
}
