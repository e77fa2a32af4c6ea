import TestSupport

/// A Redis, the proxy in front of it, and ways to fill tags, for one test.
final class DrainStage {
    let redis: RedisServer
    let proxy: FreshetProcess
    let admin: RawClient
    let direct: HiredisClient
    let client: HiredisClient

    init(
        _ configuration: String, redis: RedisServer? = nil, upstream: Endpoint? = nil
    ) throws {
        let server = try redis ?? RedisServer()
        self.redis = server
        direct = try HiredisClient(server.unix)
        proxy = try FreshetProcess(upstream: upstream ?? server.unix, configuration: configuration)
        client = try HiredisClient(proxy.unix)
        admin = try RawClient(proxy.admin)
        try waitUntil("a trusted index; the log: \(proxy.log)") { [admin] in
            try admin.command("FRESHET", "INFO").text?.contains("\r\nsuspect:no") == true
        }
    }

    /// Writes keys `<prefix><number>` and records them as members of `freshet:tag:<tag>`, past the proxy.
    func fill(_ prefix: String, _ count: Int, tag: String) throws {
        let script = """
            for i = 1, tonumber(ARGV[1]) do
              redis.call('SET', ARGV[2] .. i, 'x')
              redis.call('SADD', KEYS[1], ARGV[2] .. i)
            end
            return 1
            """
        _ = try direct.command("EVAL", script, "1", "freshet:tag:\(tag)", "\(count)", prefix)
    }

    /// How many keys match, past the proxy.
    func count(_ glob: String) throws -> Int {
        let script = "return #redis.call('KEYS', ARGV[1])"
        return try direct.command("EVAL", script, "0", glob).integer ?? -1
    }

    func members(_ set: String) throws -> Set<String> {
        Set((try direct.command("SMEMBERS", set).elements ?? []).compactMap(\.text))
    }

    /// Runs an admin verb and returns its names and values.
    func ask(_ arguments: String...) throws -> [String: Reply] {
        let reply = try send(["FRESHET"] + arguments)
        guard let parts = reply.elements else { throw SupportError("\(arguments): \(reply)") }
        var fields: [String: Reply] = [:]
        for index in stride(from: 0, to: parts.count - 1, by: 2) {
            fields[parts[index].text ?? ""] = parts[index + 1]
        }
        return fields
    }

    private func send(_ arguments: [String]) throws -> Reply {
        try admin.send(RequestEncoding.command(arguments))
        return try admin.readFrame().reply
    }

    func deleted(_ arguments: String...) throws -> Int? {
        let reply = try send(["FRESHET", "INVALIDATE"] + arguments)
        guard let parts = reply.elements, parts.count > 1 else { throw SupportError("\(reply)") }
        return parts[1].integer
    }

    func waitUntilDrained() throws {
        try waitUntil("no drain set left; the log: \(proxy.log.suffix(2000))", withinMilliseconds: 30_000) {
            try self.direct.command("EXISTS", "freshet:drains") == .integer(0)
                && self.count("freshet:drain:*") == 0
        }
    }
}
