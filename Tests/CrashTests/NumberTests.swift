import TestSupport
import Testing

@Suite("Numbers of work")
struct NumberTests {
    @Test("fault 255: a number that an operator was told means the same work, over restarts and a late store")
    func kept() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: "tag p:** all\nrule late on src:{n} invalidate copy:{n} after 1h")
        let client = try HiredisClient(proxy.unix)
        for number in 0..<5 { _ = try client.command("SET", "src:\(number)", "x") }
        for number in 0..<50 { _ = try client.command("SET", "p:\(number)", "x") }
        var admin = try RawClient(proxy.admin)
        func what(_ number: Int) throws -> String {
            let entry = try admin.command("FRESHET", "QUEUE", "SHOW", "\(number)").elements ?? []
            let names = ["what", "command", "rule"]
            return entry.indices.filter { $0 % 2 == 0 && names.contains(entry[$0].text ?? "") }
                .map { entry[$0 + 1].text ?? "" }.joined(separator: " ")
        }
        func numbers() throws -> [Int] {
            (try admin.command("FRESHET", "QUEUE").elements ?? []).compactMap { $0.elements?[1].integer }
        }
        try waitUntil("five pieces in the store") { try numbers().count == 5 }
        let before = try numbers().map { ($0, try what($0)) }
        proxy.signal(15)
        _ = try proxy.waitForExit()
        // Who is told a number before the store is open is told the final one.
        let lock = try ChildProcess(
            ["flock", "--no-fork", proxy.directory.path + "/state/owner.lock", "sleep", "600"],
            outputPath: proxy.directory.path + "/flock.log")
        try waitUntil("the lock") {
            try ChildProcess.run(
                ["flock", "--nonblock", proxy.directory.path + "/state/owner.lock", "true"]
            ).exit != .code(0)
        }
        try proxy.start()
        admin = try RawClient(proxy.admin, limitMilliseconds: 30_000)
        try admin.send(
            RequestEncoding.command(["FRESHET", "INVALIDATE", "TAG", "all", "OVER", "10m", "ASYNC"]))
        #expect(try RawClient(proxy.admin).command("PING") == .simple("PONG"))
        lock.signal(9)
        let number = try admin.readFrame().reply.elements?[1].integer ?? 0
        let told = try what(number)
        #expect(told.contains("freshet invalidate tag"), "\(number): \(told)")
        try waitUntil("what was there before") { try before.allSatisfy { try what($0.0) == $0.1 } }
        #expect(!before.map(\.0).contains(number))
    }
}
