import TestSupport

/// A primary, a fallback, the proxy in front of both, and a way to look at each past the proxy.
final class Couple {
    let primary: RedisServer
    let fallback: RedisServer
    let proxy: FreshetProcess

    /// `conventions` are lines of proxy.conf; what is in both before the proxy is there are `seed`.
    ///
    /// Redis that stand still for a second count as away, and what waits waits briefly.
    init(
        failover: String, _ conventions: String = "depend page:{id} on product:{id}:price",
        seed: [String] = [], until readiness: FreshetProcess.Readiness = .ready
    ) throws {
        primary = try RedisServer(options: Couple.durable)
        fallback = try RedisServer(options: Couple.durable)
        for line in seed {
            for server in [primary, fallback] { try server.run(line) }
        }
        proxy = try FreshetProcess(
            upstream: primary.tcp,
            configuration: """
                audit-file \(primary.directory.path)/audit.jsonl
                log-format text
                fallback \(fallback.tcp.upstream)
                failover \(failover)
                failover-after 200ms
                failback-after 200ms 2s
                probe-interval 100ms
                probe-timeout 1s
                reconnect-backoff 10ms 50ms
                \(conventions)
                """, until: readiness)
        if readiness == .ready { try waitUntilBothReachable() }
    }

    /// What a Redis has survives its end.
    static let durable = ["--appendonly", "yes", "--appendfsync", "always"]

    var auditPath: String { primary.directory.path + "/audit.jsonl" }

    func waitUntilBothReachable() throws {
        try waitUntil("both are reachable; the log: \(proxy.log)", withinMilliseconds: 30_000) {
            try isUp("primary") && isUp("fallback")
        }
    }

    func isUp(_ role: String) throws -> Bool {
        try proxy.metric("freshet_upstream_up{role=\"\(role)\"}") == 1
    }

    /// Waits until applications are served by the primary or the fallback.
    func waitUntilServing(_ role: String) throws {
        try waitUntil("\(role) serves; the log: \(proxy.log)", withinMilliseconds: 30_000) {
            try proxy.metric("freshet_serving{role=\"\(role)\"}") == 1
        }
    }

    /// Runs a command through the proxy, on a new connection each time one has been closed.
    func insist(_ line: String) throws -> Reply {
        var answer: Reply?
        try waitUntil("a reply to \(line)", withinMilliseconds: 30_000) {
            guard let client = try? RawClient(proxy.unix), let reply = try? client.run(line) else {
                return false
            }
            answer = reply
            let passing = ["ERR freshet: upstream unavailable", "LOADING"]
            return !passing.contains { reply.text?.hasPrefix($0) == true }
        }
        return answer!
    }

    /// Waits until neither Redis has any of these keys.
    func waitUntilGone(_ keys: String...) throws {
        for server in [primary, fallback] { try server.waitUntilGone(keys) }
    }

    func information(_ field: String) throws -> String? {
        let text = try RawClient(proxy.admin).command("FRESHET", "INFO").text ?? ""
        return text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(field + ":") }.map {
            String($0.dropFirst(field.count + 1))
        }
    }
}

extension RedisServer {
    /// Runs a command written as for redis-cli, past any proxy.
    @discardableResult
    func run(_ line: String) throws -> Reply {
        try HiredisClient(unix).command(RequestEncoding.arguments(of: line))
    }

    func has(_ key: String) throws -> Bool {
        let reply = try run("EXISTS \(key)")
        guard let count = reply.integer else { throw SupportError("EXISTS \(key): \(reply)") }
        return count == 1
    }

    /// Waits until Redis says that it has none of these; an error says nothing.
    func waitUntilGone(_ keys: [String]) throws {
        for key in keys {
            try waitUntil("\(key) is gone", withinMilliseconds: 30_000) {
                (try? run("EXISTS \(key)")) == .integer(0)
            }
        }
    }
}

extension RawClient {
    /// Runs a command written as for redis-cli.
    @discardableResult
    func run(_ line: String) throws -> Reply {
        try send(RequestEncoding.command(RequestEncoding.arguments(of: line)))
        return try readFrame().reply
    }
}
