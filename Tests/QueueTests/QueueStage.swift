#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import TestSupport

/// A Redis, a proxy that keeps its queue on disk, a client and an operator.
final class QueueStage {
    let redis: RedisServer
    let proxy: FreshetProcess
    private let direct: HiredisClient

    init(_ configuration: String) throws {
        redis = try RedisServer()
        direct = try HiredisClient(redis.unix)
        proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: "audit-file \(redis.directory.path)/audit.jsonl\n" + configuration)
        try waitUntil("a queue on disk and a trusted index; the log: \(proxy.log)") {
            try admin("INFO").text?.contains("\r\nsuspect:no") == true
        }
    }

    @discardableResult
    func redis(_ line: String) throws -> Reply { try direct.command(RequestEncoding.arguments(of: line)) }

    /// Runs a command through the proxy.
    @discardableResult
    func run(_ line: String) throws -> Reply {
        try Self.run(RequestEncoding.arguments(of: line), RawClient(proxy.unix))
    }

    /// Runs a verb, written without FRESHET.
    @discardableResult
    func admin(_ line: String) throws -> Reply {
        try Self.run(RequestEncoding.arguments(of: "FRESHET " + line), RawClient(proxy.admin))
    }

    private static func run(_ arguments: [[UInt8]], _ client: RawClient) throws -> Reply {
        try client.send(RequestEncoding.command(arguments))
        return try client.readFrame().reply
    }

    /// The rows that a verb answers, by the names of their fields.
    func rows(_ line: String) throws -> [[String: String]] {
        let reply = try admin(line)
        guard let rows = reply.elements else { throw SupportError("\(line): \(reply)") }
        return rows.map { Self.fields($0.elements ?? []) }
    }

    static func fields(_ elements: [Reply]) -> [String: String] {
        var fields: [String: String] = [:]
        for index in stride(from: 0, to: elements.count - 1, by: 2) {
            let value = elements[index + 1]
            fields[elements[index].text ?? ""] = value.text ?? value.integer.map { "\($0)" } ?? ""
        }
        return fields
    }

    func existing(_ pattern: String) throws -> Int { try redis("KEYS \(pattern)").elements?.count ?? 0 }

    func waitForGone(_ pattern: String) throws {
        try waitUntil("\(pattern) to be gone; queue: \(try rows("QUEUE")); log: \(proxy.log)") {
            try existing(pattern) == 0
        }
    }

    /// Waits until so many pieces are in a state.
    func waitFor(_ count: Int, _ state: String) throws {
        try waitUntil("\(count) pieces \(state); queue: \(try rows("QUEUE")); log: \(proxy.log)") {
            try proxy.metric("cache_invalidation_queue_size{state=\"\(state)\"}") == Double(count)
        }
    }

    /// Waits until the queue, and no longer an intent, answers for what writes owe.
    func waitForAcceptance(_ noted: Int) throws {
        try waitUntil("no open intents; log: \(proxy.log)") {
            try proxy.metric("freshet_intents_total") ?? 0 >= Double(noted)
                && proxy.metric("freshet_intents_open") ?? 0 == 0
        }
    }

    /// Kills the proxy as a crash would and starts it again.
    func crash(noted: Int = 1, until readiness: FreshetProcess.Readiness = .ready) throws {
        try waitForAcceptance(noted)
        try proxy.kill()
        try proxy.start(until: readiness)
    }

    /// Stops the proxy in order and starts it again.
    func restart(noted: Int = 1) throws {
        try waitForAcceptance(noted)
        proxy.signal(SIGTERM)
        _ = try proxy.waitForExit(withinMilliseconds: 20_000)
        try proxy.start()
    }

    var audit: String { get throws { try FileSystem.readText(redis.directory.path + "/audit.jsonl") } }
}
