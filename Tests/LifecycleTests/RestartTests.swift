import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Restart and two instances")
struct RestartTests {
    /// Clients that connect, ask once and leave, one after the other, until they are stopped.
    private final class Visitors: Sendable {
        private let state = Mutex((isOver: false, visits: 0, failures: [String]()))
        private let threads = Threads()

        init(_ endpoints: [Endpoint]) {
            for endpoint in endpoints {
                threads.start { [self] in
                    while !state.withLock(\.isOver) { visit(endpoint) }
                }
            }
        }

        var visits: Int { state.withLock(\.visits) }

        private func visit(_ endpoint: Endpoint) {
            do {
                let reply = try RawClient(endpoint, limitMilliseconds: 20_000).command("PING")
                state.withLock { state in
                    state.visits += 1
                    if reply != .simple("PONG") { state.failures.append("\(reply)") }
                }
            } catch {
                state.withLock { $0.failures.append("\(endpoint): \(error)") }
            }
        }

        func stop() throws -> [String] {
            state.withLock { $0.isOver = true }
            try threads.join()
            return state.withLock(\.failures)
        }
    }

    @Test("a restart beside the old process refuses and loses nobody; audit and pid file pass on")
    func hitless() throws {
        let redis = try RedisServer()
        let directory = try TemporaryDirectory()
        let (audit, pid) = (directory.path + "/audit.jsonl", directory.path + "/pid")
        let old = try FreshetProcess(
            upstream: redis.unix,
            configuration: "workers 2\nreuse-port yes\naudit-file \(audit)\npid-file \(pid)\nlog-format text")
        var predecessor: ChildProcess?
        let visitors = Visitors([old.tcp, old.tcp, old.tcp, old.unix])
        for round in 1...3 {
            let before = visitors.visits
            try waitUntil("visits") { visitors.visits > before + 100 }
            let new = try ChildProcess(
                [try FreshetProcess.executable(), "serve", old.configurationPath],
                outputPath: directory.path + "/new\(round).log")
            try waitUntil("the new process") { new.output.contains("freshet is ready") }
            if round == 1 { old.signal(SIGTERM) } else { predecessor?.signal(SIGTERM) }
            if round == 1 {
                #expect(try old.waitForExit(withinMilliseconds: 20_000) == .code(0))
            } else {
                #expect(try predecessor?.wait(withinMilliseconds: 20_000) == .code(0))
            }
            let after = visitors.visits
            try waitUntil("visits to the new process") { visitors.visits > after + 100 }
            #expect(try FileSystem.readText(pid) == "\(new.identifier)\n")
            predecessor = new
        }
        let failures = try visitors.stop()
        #expect(failures.isEmpty, "\(failures.count) of \(visitors.visits): \(failures.prefix(3))")
        predecessor?.terminate()
        let text = try FileSystem.readText(audit)
        #expect(text.split(separator: "\n").count { $0.contains("freshet stopped") } == 4, "\(text)")
        #expect(try FreshetProcess.run(["audit", "verify", audit]).exit == .code(0))
    }

    @Test("fault 133: a second process on the same audit file, port or socket is refused", arguments: [1, 2])
    func refused(workers: Int) throws {
        let redis = try RedisServer()
        let directory = try TemporaryDirectory()
        let audit = directory.path + "/audit.jsonl"
        let first = try FreshetProcess(
            upstream: redis.unix, configuration: "workers \(workers)\naudit-file \(audit)")
        let sameAudit = try FreshetProcess.run([
            "serve", "--listen", "127.0.0.1:\(try Endpoint.freePort())", "--admin", "off", "--audit-file",
            audit,
        ])
        #expect(sameAudit.exit == .code(1))
        #expect(sameAudit.output.contains("another process writes it"), "\(sameAudit.output)")
        let samePort = try FreshetProcess.run([
            "serve", "--listen", "127.0.0.1:\(first.port)", "--admin", "off", "--workers", "\(workers)",
        ])
        #expect(samePort.exit == .code(1))
        #expect(samePort.output.contains("Address already in use"), "\(samePort.output)")
        #expect(try RawClient(first.tcp).command("PING") == .simple("PONG"))
    }

    @Test(
        "sockets that a service manager has opened are used as they are, and outlive the process",
        .enabled(if: Surroundings.has("systemd-socket-activate")))
    func activation() throws {
        let redis = try RedisServer()
        let directory = try TemporaryDirectory()
        let port = try Endpoint.freePort()
        try FileSystem.write(
            "listen 127.0.0.1:\(port)\nadmin off\nupstream \(redis.unix.upstream)\nworkers 2\n",
            to: directory.path + "/proxy.conf")
        let manager = try ChildProcess(
            [
                "systemd-socket-activate", "-l", "127.0.0.1:\(port)", try FreshetProcess.executable(),
                "serve",
                directory.path + "/proxy.conf",
            ], outputPath: directory.path + "/log")
        try waitUntil("the socket") { (try? RawClient(.tcp(port))) != nil }
        let client = try RawClient(.tcp(port), limitMilliseconds: 20_000)
        #expect(try client.command("PING") == .simple("PONG"))
        manager.signal(SIGTERM)
        #expect(try manager.wait(withinMilliseconds: 20_000) == .code(0))
    }
}
