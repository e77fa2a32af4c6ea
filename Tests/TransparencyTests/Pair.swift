import Synchronization
import TestSupport

/// A plain Redis and a candidate in front of another one, both empty and equal.
final class Pair: Sendable {
    let reference: RedisServer
    let behind: RedisServer
    private let proxy: FreshetProcess?
    private let kind: CandidateKind
    private let encryption: Encryption?

    init(_ kind: CandidateKind, options: [String] = []) throws {
        self.kind = kind
        reference = try RedisServer(options: options)
        encryption = try kind == .tls ? Encryption() : nil
        behind = try RedisServer(options: options + (encryption?.redisOptions ?? []))
        proxy =
            CandidateKind.isRedisItself
            ? nil
            : try FreshetProcess(
                upstream: kind.upstream(of: behind),
                configuration: kind.configuration + (encryption?.configuration ?? ""),
                until: options.isEmpty ? .ready : .listening)
    }

    var referenceEndpoint: Endpoint { kind == .unix ? reference.unix : reference.tcp }

    var candidateEndpoint: Endpoint {
        if proxy != nil, let encryption { return encryption.tunnel.endpoint }
        if let proxy { return kind == .unix ? proxy.unix : proxy.tcp }
        return kind == .unix ? behind.unix : behind.tcp
    }

    /// Makes both servers equal again, past the proxy.
    func reset() throws {
        for server in [reference, behind] {
            let client = try HiredisClient(server.unix)
            _ = try client.command("FLUSHALL")
            _ = try client.command("SCRIPT", "FLUSH")
            _ = try client.command("FUNCTION", "FLUSH")
            _ = try client.command("ACL", "DELUSER", "alice", "bob")
            _ = try client.command("CONFIG", "SET", "maxmemory", "0")
        }
    }
}

/// Pairs that wait for their next test, because starting one costs more than most tests.
///
/// A pair that a test failed on is not returned, so one failure cannot cause another.
final class PairPool: Sendable {
    static let shared = PairPool()

    private let idle = Mutex<[CandidateKind: [Pair]]>([:])

    func withPair<Result>(_ kind: CandidateKind, _ body: (Pair) throws -> Result) throws -> Result {
        let pair = try idle.withLock { $0[kind]?.popLast() } ?? Pair(kind)
        try pair.reset()
        let result = try body(pair)
        idle.withLock { $0[kind, default: []].append(pair) }
        return result
    }
}
