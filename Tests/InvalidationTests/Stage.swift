import TestSupport

/// A Redis, the proxy in front of it, a client of the proxy and one of its admin port, for one test.
final class Stage {
    let redis: RedisServer
    let proxy: FreshetProcess
    let client: RawClient
    let admin: RawClient
    /// What lies in Redis before the proxy is there.
    private let direct: HiredisClient

    /// Starts both and waits until the index is trusted, so that nothing is found by looking at all names.
    init(_ conventions: String, seed: [String] = []) throws {
        redis = try RedisServer()
        direct = try HiredisClient(redis.unix)
        for line in seed { _ = try direct.command(RequestEncoding.arguments(of: line)) }
        proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: "audit-file \(redis.directory.path)/audit.jsonl\n" + conventions)
        client = try RawClient(proxy.unix)
        admin = try RawClient(proxy.admin)
        // A connection to the admin port that says nothing for long is closed.
        try admin.run("FRESHET HELP")
        try waitForTrustedIndex()
    }

    func waitForTrustedIndex() throws {
        let admin = try RawClient(proxy.admin)
        try waitUntil("a trusted index; the log: \(proxy.log)") {
            try admin.command("FRESHET", "INFO").text?.contains("\r\nsuspect:no") == true
        }
    }

    /// Runs a command through the proxy, written as for redis-cli.
    @discardableResult
    func run(_ line: String) throws -> Reply { try client.run(line) }

    /// Runs commands through the proxy, one after the other.
    func run(_ lines: [String]) throws { for line in lines { try run(line) } }

    /// Runs a command in Redis, past the proxy.
    @discardableResult
    func redis(_ line: String) throws -> Reply { try direct.command(RequestEncoding.arguments(of: line)) }

    /// Which of the keys Redis has, past the proxy.
    func existing(_ keys: String...) throws -> [String] {
        try keys.filter { try direct.command("EXISTS", $0) == .integer(1) }
    }

    /// The members of an index set, in order.
    func members(_ set: String) throws -> [String] {
        (try redis("SMEMBERS \(set)").elements ?? []).compactMap(\.text).sorted()
    }

    /// Invalidates through the admin port and returns the number of keys deleted.
    func invalidate(_ what: String) throws -> Int? {
        let reply = try admin.run("FRESHET INVALIDATE " + what)
        guard let parts = reply.elements, parts.count > 1 else { throw SupportError("\(reply)") }
        return parts[1].integer
    }

    /// The records of a kind that the audit has, as JSON lines.
    func audit(_ kind: String) throws -> [String] {
        try FileSystem.readText(auditPath).split(separator: "\n").map(String.init)
            .filter { $0.contains("\"kind\":\"\(kind)\"") }
    }

    /// Waits for `count` audit records of a kind and returns them.
    func audit(_ kind: String, count: Int) throws -> [String] {
        try waitUntil("\(count) audit records of kind \(kind)") { try audit(kind).count >= count }
        return try audit(kind)
    }

    var auditPath: String { redis.directory.path + "/audit.jsonl" }
}

extension RawClient {
    /// Runs a command written as for redis-cli.
    @discardableResult
    func run(_ line: String) throws -> Reply {
        try send(RequestEncoding.command(RequestEncoding.arguments(of: line)))
        return try readFrame().reply
    }
}
