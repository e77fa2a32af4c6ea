import Synchronization
import TestSupport

/// An application that rebuilds whatever is missing, all the time, past the proxy.
///
/// `b:<n>` gets a new version, `c:<n>` the value that `b:<n>` has, and `d:<n>` that of `c:<n>`. One script
/// does it: like a transaction guarded by WATCH, but one that never has to be tried again.
final class Rebuilder: Sendable {
    private static let script = """
        local last = tonumber(ARGV[1])
        for i = 1, last do
          local b, c, d = 'b:' .. i, 'c:' .. i, 'd:' .. i
          if redis.call('EXISTS', b) == 0 then redis.call('SET', b, redis.call('INCR', 'version')) end
          if redis.call('EXISTS', c) == 0 then redis.call('SET', c, redis.call('GET', b)) end
          if redis.call('EXISTS', d) == 0 then redis.call('SET', d, redis.call('GET', c)) end
        end
        return last
        """
    private static let staleScript = """
        local stale, old = 0, 0
        for i = 1, tonumber(ARGV[1]) do
          local b, c, d = unpack(redis.call('MGET', 'b:' .. i, 'c:' .. i, 'd:' .. i))
          if tonumber(b) <= tonumber(ARGV[1]) then old = old + 1 end
          if b ~= c or c ~= d then stale = stale + 1 end
        end
        return {old, stale}
        """
    private static let expiringScript = """
        local expiring = 0
        for i = 1, tonumber(ARGV[1]) do
          for _, kind in ipairs({'b:', 'c:', 'd:'}) do
            if redis.call('PTTL', kind .. i) ~= -1 then expiring = expiring + 1 end
          end
        end
        return expiring
        """

    private let endpoint: Endpoint
    private let count: Int
    private let isStopped = Atomic(false)
    private let threads = Threads()

    /// Builds `count` keys of each kind, and begins to look for those that are missing.
    init(_ endpoint: Endpoint, count: Int) throws {
        self.endpoint = endpoint
        self.count = count
        let direct = try HiredisClient(endpoint)
        try Self.rebuild(direct, count)
    }

    func start() {
        threads.start { [self] in
            let direct = try HiredisClient(endpoint)
            while !isStopped.load(ordering: .sequentiallyConsistent) { try Self.rebuild(direct, count) }
        }
    }

    private static func rebuild(_ direct: HiredisClient, _ count: Int) throws {
        let reply = try direct.command("EVAL", script, "0", "\(count)")
        guard reply.integer == count else { throw SupportError("\(reply)") }
    }

    /// Stops, and tells how many sources have never gone, and how many keys are older than their source.
    func end() throws -> (old: Int, stale: Int) {
        let direct = try HiredisClient(endpoint)
        try waitUntil("no key that is about to expire", withinMilliseconds: 20_000) {
            let reply = try direct.command("EVAL", Self.expiringScript, "0", "\(count)")
            return reply.integer == 0
        }
        isStopped.store(true, ordering: .sequentiallyConsistent)
        try threads.join()
        try Self.rebuild(direct, count)
        let reply = try direct.command("EVAL", Self.staleScript, "0", "\(count)")
        guard let numbers = reply.elements, let old = numbers[0].integer, let stale = numbers[1].integer
        else {
            throw SupportError("\(reply)")
        }
        return (old, stale)
    }
}
