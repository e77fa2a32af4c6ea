import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The disk of the audit takes nothing, and `audit-on-full` is `block`.
@Suite("A full audit disk")
struct AuditDiskTests {
    /// A proxy whose audit goes to a device that is always full.
    private final class Stage {
        let redis: RedisServer
        let proxy: FreshetProcess
        let audit: String

        init(_ configuration: String = "", isFull: Bool = true) throws {
            redis = try RedisServer()
            audit = redis.directory.path + "/audit.jsonl"
            if isFull { guard unsafe symlink("/dev/full", audit) == 0 else { throw SupportError("no link") } }
            proxy = try FreshetProcess(
                upstream: redis.unix,
                configuration: """
                    depend view:{n} on src:{n}
                    audit-file \(audit)
                    audit-on-full block
                    audit-queue 1
                    \(configuration)
                    """, until: .listening)
        }

        /// Writes until writes that owe a record wait; returns three clients whose replies have not come.
        func fill() throws -> [RawClient] {
            for number in 0..<3 { try writer(number) }
            try waitUntil("/readyz to say why; \(proxy.log)") {
                let response = try AdminHTTP.get("/readyz", from: proxy.admin)
                return response.status == 503 && response.body.contains("audit-on-full is block")
                    && response.body.contains("No space left on device")
            }
            return try (10..<13).map { try writer($0) }
        }

        /// A client that has written a source, and waits for the reply.
        @discardableResult
        private func writer(_ number: Int) throws -> RawClient {
            let client = try RawClient(proxy.unix, limitMilliseconds: 30_000)
            try client.sendCommand("SET", "src:\(number)", "1")
            writers.append(client)
            return client
        }

        private var writers: [RawClient] = []
    }

    @Test("fault 203: only who owes a record waits, /readyz says why, and room lets all go on")
    func waits() throws {
        let stage = try Stage("workers 2")
        let waiting = try stage.fill()
        for _ in 0..<8 {
            let other = try RawClient(stage.proxy.unix)
            #expect(try other.command("SET", "plain", "1") == .simple("OK"))
            #expect(try other.command("GET", "src:10") == .null)
        }
        #expect(try stage.proxy.metric("freshet_audit_blocks") == 1)
        guard unsafe unlink(stage.audit) == 0 else { throw SupportError("cannot unlink") }
        stage.proxy.signal(SIGUSR1)
        for client in waiting { #expect(try client.readFrame().reply == .simple("OK")) }
        try waitUntil("it is ready again; \(stage.proxy.log)") {
            try AdminHTTP.get("/readyz", from: stage.proxy.admin).status == 200
        }
        #expect(try stage.proxy.metric("freshet_audit_blocks") == 0)
        stage.proxy.stop()
        let lines = try FileSystem.readText(stage.audit).split(separator: "\n")
        for number in 10..<13 { #expect(lines.contains { $0.contains("\"src:\(number)\"") }) }
        #expect(!lines.contains { $0.contains("\"gap\"") })
    }

    @Test("fault 203: a transaction waits before EXEC, and a large value before it is sent")
    func paths() throws {
        let stage = try Stage("stream-threshold 2kb")
        _ = try stage.fill()
        let transaction = try RawClient(stage.proxy.unix, limitMilliseconds: 30_000)
        try transaction.send("MULTI\r\nSET src:7 new\r\nEXEC\r\n")
        #expect(try transaction.readFrames(2).map(\.reply) == [.simple("OK"), .simple("QUEUED")])
        let large = try RawClient(stage.proxy.unix, limitMilliseconds: 30_000)
        try large.sendCommand("SET", "src:8", String(repeating: "x", count: 100_000))
        let other = try RawClient(stage.proxy.unix)
        #expect(try other.command("EXISTS", "src:7", "src:8") == .integer(0))
        guard unsafe unlink(stage.audit) == 0 else { throw SupportError("cannot unlink") }
        stage.proxy.signal(SIGUSR1)
        #expect(try transaction.readFrame().reply == .array([.simple("OK")]))
        #expect(try large.readFrame().reply == .simple("OK"))
        #expect(try other.command("EXISTS", "src:7", "src:8") == .integer(2))
    }

    @Test("fault 203: a second SIGTERM ends the process although the audit takes nothing")
    func ends() throws {
        let stage = try Stage("drain-timeout 600s")
        let waiting = try stage.fill()
        stage.proxy.signal(SIGTERM)
        try waitUntil("it drains") {
            (try? AdminHTTP.get("/readyz", from: stage.proxy.admin))?.body.contains("draining") == true
        }
        stage.proxy.signal(SIGTERM)
        #expect(try stage.proxy.waitForExit(withinMilliseconds: 20_000) == .code(0))
        #expect(waiting.count == 3)
    }

    @Test("fault 203: a disk that is full at the start is no reason not to start")
    func start() throws {
        guard SmallDisk.canMount else { return }
        let disk = try SmallDisk(kilobytes: 64)
        try disk.fill()
        let stage = try Stage("audit-file \(disk.path)/audit.jsonl\naudit-on-full drop", isFull: false)
        let client = try RawClient(stage.proxy.unix)
        #expect(try client.command("SET", "src:1", "1") == .simple("OK"))
        try waitUntil("the error is counted") {
            try stage.proxy.metric("freshet_audit_write_errors_total") ?? 0 > 0
        }
        try disk.makeRoom()
        try waitUntil("records are written; \(stage.proxy.log)") {
            _ = try client.command("SET", "src:1", "1")
            return (try? FileSystem.readText(disk.path + "/audit.jsonl"))?.contains("src:1") == true
        }
    }
}
