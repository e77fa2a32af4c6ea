import TestSupport

/// Whether sessions share links or have one each.
enum Mode: String, CaseIterable, Sendable {
    case shared, dedicated
}

/// A Redis and the proxy in front of it, for one test.
final class Site {
    let redis: RedisServer
    let proxy: FreshetProcess
    private let direct: HiredisClient?

    /// - Parameters:
    ///   - configuration: lines of proxy.conf beside `connections` and `audit-file`.
    ///   - options: of redis-server.
    init(_ mode: Mode, _ configuration: String = "", options: [String] = [], isTCP: Bool = false) throws {
        redis = try RedisServer(options: options)
        direct = try HiredisClient(redis.unix)
        proxy = try FreshetProcess(
            upstream: isTCP ? redis.tcp : redis.unix,
            configuration: """
                connections \(mode.rawValue)
                audit-file \(redis.directory.path)/audit.jsonl
                reconcile-on-start no
                \(configuration)
                """,
            until: options.contains("--requirepass") ? .listening : .ready)
    }

    /// A connection to the proxy.
    func client(isTCP: Bool = false) throws -> RawClient { try RawClient(isTCP ? proxy.tcp : proxy.unix) }

    /// Runs a command in Redis, past the proxy, written as for redis-cli.
    @discardableResult
    func redis(_ line: String) throws -> Reply {
        guard let direct else { throw SupportError("no connection past the proxy") }
        return try direct.command(RequestEncoding.arguments(of: line))
    }

    /// Waits until a metric has reached `value`.
    func waitForMetric(_ name: String, _ value: Double) throws {
        try waitUntil("\(name) at \(value)", withinMilliseconds: 20_000) {
            try (proxy.metric(name) ?? 0) >= value
        }
    }

    /// Waits for an audit record that holds all of `parts`, and returns it.
    @discardableResult
    func waitForAudit(_ parts: String...) throws -> String {
        var found: String?
        try waitUntil("an audit record with \(parts)", withinMilliseconds: 20_000) {
            found = try audit().first { line in parts.allSatisfy { line.contains($0) } }
            return found != nil
        }
        return found ?? ""
    }

    /// The lines of the audit so far.
    func audit() throws -> [String] {
        try FileSystem.readText(redis.directory.path + "/audit.jsonl").split(separator: "\n").map(String.init)
    }

    /// How many connections Redis has, without those that ask it past the proxy.
    func links() throws -> Int {
        let list = try redis("CLIENT LIST").text ?? ""
        return list.split(separator: "\n").filter { $0.contains("name=freshet:") }.count
    }
}

extension RawClient {
    /// Runs a command written as for redis-cli.
    @discardableResult
    func run(_ line: String) throws -> Reply {
        try send(RequestEncoding.command(RequestEncoding.arguments(of: line)))
        return try readFrame().reply
    }

    /// Sends commands written as for redis-cli, all at once.
    func pipeline(_ lines: String...) throws {
        try send(lines.flatMap { RequestEncoding.command(RequestEncoding.arguments(of: $0)) })
    }

    /// Whether the connection answers.
    func isServed() throws -> Bool { try run("PING") == .simple("PONG") }
}
