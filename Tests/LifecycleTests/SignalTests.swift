import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Signals that nobody asks for")
struct SignalTests {
    @Test("fault 207: signals whose default is the end are ignored, and those that mean something still do")
    func ignored() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix)
        let client = try RawClient(proxy.unix)
        for number in [
            SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXFSZ, SIGPIPE, 40, 64,
        ] {
            proxy.signal(number)
            #expect(try client.command("PING") == .simple("PONG"), "signal \(number)")
        }
        #expect(proxy.exit == nil)
        proxy.signal(SIGQUIT)
        try waitUntil("the state is in the log") { proxy.log.contains("state: ") }
        proxy.signal(SIGTERM)
        #expect(try proxy.waitForExit() == .code(0))
    }

    @Test("fault 207: SIGHUP, SIGUSR1 and SIGQUIT at any moment of the start are followed, not fatal")
    func early() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix)
        proxy.stop()
        let text = try FileSystem.readText(proxy.configurationPath)
        for round in 0..<12 {
            let child = try ChildProcess(
                [try FreshetProcess.executable(), "serve", proxy.configurationPath],
                outputPath: "\(proxy.directory.path)/log-\(round)")
            // The executable is not there before it has been loaded, and nothing but that is waited for.
            try waitUntil("it runs freshet") {
                (try? FileSystem.read("/proc/\(child.identifier)/cmdline"))?.contains(0) == true
                    && Self.blocksHangUp(child.identifier)
            }
            try Self.replace(proxy.configurationPath, text + "tag late:{id} late/{id}\n")
            for _ in 0..<round { child.signal(SIGHUP) }
            child.signal(SIGHUP)
            if round % 3 == 0 { child.signal(SIGUSR1) }
            if round % 3 == 1 { child.signal(SIGQUIT) }
            try waitUntil("the reload has reached every loop; \(child.output)") {
                if let exit = child.exitIfEnded() { throw SupportError("it ended: \(exit) \(child.output)") }
                let found = try? Self.explain(proxy.admin)
                return found?.contains("late/1") == true
            }
            child.signal(SIGTERM)
            #expect(try child.wait() == .code(0))
            try Self.replace(proxy.configurationPath, text)
        }
    }

    /// Puts another file in the place of one, which is read whole by whoever reads it meanwhile.
    private static func replace(_ path: String, _ text: String) throws {
        try FileSystem.write(text, to: path + ".new")
        guard unsafe rename(path + ".new", path) == 0 else { throw SupportError("cannot rename \(path)") }
    }

    /// Whether a process has SIGHUP blocked or caught.
    private static func blocksHangUp(_ process: Int32) -> Bool {
        guard let status = try? FileSystem.readText("/proc/\(process)/status") else { return false }
        return status.split(separator: "\n").contains { line in
            guard line.hasPrefix("SigBlk:") || line.hasPrefix("SigCgt:") else { return false }
            let mask = UInt64(line.split(separator: "\t").last ?? "", radix: 16) ?? 0
            return mask & 1 == 1
        }
    }

    private static func explain(_ admin: Endpoint) throws -> String {
        let reply = try RawClient(admin).command("FRESHET", "EXPLAIN", "late:1")
        return (reply.elements ?? [reply]).compactMap(\.text).joined(separator: "\n")
    }
}
