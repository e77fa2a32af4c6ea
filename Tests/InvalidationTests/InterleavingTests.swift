import Synchronization
import TestSupport
import Testing

@Suite("Interleavings")
struct InterleavingTests {
    private static let writers = 6
    private static let longestPipeline = 20
    private static let names = 300

    @Test(
        "however writers and flushers of a tag interleave, every key that is left is in the tag",
        arguments: ["shared", "dedicated"])
    func noOrphans(_ connections: String) throws {
        let stage = try Stage("connections \(connections)\ntag hot:{group}:** hot/{group}")
        let seed = Seed.ofThisRun()
        let total = ProcessEnvironment["FRESHET_INTERLEAVINGS"].flatMap { Int($0) } ?? 30_000
        let working = Atomic(Self.writers)
        let proxy = stage.proxy
        try Self.together(proxy) { threads in
            for number in 0..<Self.writers {
                threads.start {
                    defer { working.subtract(1, ordering: .sequentiallyConsistent) }
                    try Self.write(total / Self.writers, seed.derived(number), to: proxy.unix)
                }
            }
            threads.start {
                let admin = try RawClient(proxy.admin)
                while working.load(ordering: .sequentiallyConsistent) > 0 {
                    let reply = try admin.run("FRESHET INVALIDATE TAG hot/a")
                    guard !reply.isError else { throw SupportError("the admin port: \(reply)") }
                }
            }
        }
        let left = Set(try stage.redis("KEYS hot:*").elements?.compactMap(\.text) ?? [])
        let recorded = Set(try stage.members("freshet:tag:hot/a"))
        #expect(left.subtracting(recorded).isEmpty, "\(seed): \(left.count) keys are left")
        #expect(try stage.proxy.metric("freshet_index_suspect") == 0, "the index must not need rebuilding")
        _ = try stage.invalidate("TAG hot")
        #expect(try stage.redis("EXISTS freshet:tag:hot/a") == .integer(0), "a record of nothing is left")
        #expect(try stage.redis("KEYS hot:*").elements?.isEmpty == true, "a key outlived its tag")
    }

    /// Runs threads to their end; a failure comes with what the proxy had to say.
    private static func together(_ proxy: FreshetProcess, _ body: (Threads) throws -> Void) throws {
        let threads = Threads()
        do {
            try body(threads)
            try threads.join()
        } catch {
            throw SupportError("\(error); the proxy's log: \(proxy.log.suffix(2000))")
        }
    }

    /// Writes `count` keys of one tag by several commands, in pipelines short and long.
    private static func write(_ count: Int, _ seed: Seed, to endpoint: Endpoint) throws {
        var seed = seed
        let client = try RawClient(endpoint)
        var left = count
        while left > 0 {
            let batch = Bool.random(using: &seed) ? 1 : Int.random(in: 2...longestPipeline, using: &seed)
            var bytes: [UInt8] = []
            for _ in 0..<batch { bytes += request(&seed) }
            try client.send(bytes)
            for frame in try client.readFrames(batch) where frame.reply.isError {
                throw SupportError("\(frame.reply)")
            }
            left -= batch
        }
    }

    private static func request(_ seed: inout Seed) -> [UInt8] {
        let key = "hot:a:\(Int.random(in: 0..<names, using: &seed))"
        let other = "hot:a:\(Int.random(in: 0..<names, using: &seed))"
        switch Int.random(in: 0..<10, using: &seed) {
        case 0: return RequestEncoding.command(["SET", key, "x", "NX"])
        case 1: return RequestEncoding.command(["MSET", key, "x", other, "y"])
        case 2: return RequestEncoding.command(["DEL", key])
        case 3: return RequestEncoding.command(["EVAL", "return redis.call('SET',KEYS[1],1)", "1", key])
        default: return RequestEncoding.command(["SET", key, "x"])
        }
    }
}
