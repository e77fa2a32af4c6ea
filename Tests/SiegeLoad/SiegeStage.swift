import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A Redis with a password and ACL users, a relay that lies, and the proxy behind it.
final class SiegeStage: Sendable {
    static let password = "secret"
    static let users = ["amy", "bob"]
    /// Within how many milliseconds an honest Redis is answered for, and an end comes.
    static let bound = 20_000

    let setup: SiegeSetup
    let redis: RedisServer
    let relay: LyingRelay
    let proxy: FreshetProcess
    let score: SiegeScore
    /// Where clients connect: plain, and encrypted where the setup has TLS.
    let entrances: [Endpoint]
    let isOver = Atomic(false)
    private let disk: SmallDisk?
    private let tunnel: TLSTunnel?
    private let certificates: TestCertificates?

    init(_ setup: SiegeSetup, _ score: SiegeScore, seed: Seed) throws {
        self.setup = setup
        self.score = score
        redis = try RedisServer(
            options: ["--requirepass", Self.password, "--maxmemory", "64mb"]
                + ["--user", "amy", "on", ">" + Self.password, "~*", "&*", "+@all", "-shutdown", "-debug"]
                + ["--user", "bob", "on", ">" + Self.password, "~bob:*", "~page:*", "+@read", "+@write"])
        relay = try LyingRelay(to: redis.tcp, score: score, seed: seed)
        disk = setup.disk == .roomy ? nil : try SmallDisk(kilobytes: 3000)
        if setup.disk == .full { try disk?.fill() }
        var lines = setup.lines
        if let disk { lines += ["state-dir \(disk.path)/state", "audit-file \(disk.path)/audit.jsonl"] }
        var tlsPort: UInt16?
        if setup.hasTLS {
            let certificates = try TestCertificates()
            let authority = try certificates.authority("authority")
            let server = try certificates.certificate("server", by: authority)
            let port = try Endpoint.freePort()
            lines += [
                "listen tls://127.0.0.1:\(port)", "tls-cert-file \(server.certificate)",
                "tls-key-file \(server.key)", "tls-auth-clients no",
            ]
            tlsPort = port
            tunnel = try TLSTunnel(to: port, authority: authority.certificate)
            self.certificates = certificates
        } else {
            tunnel = nil
            certificates = nil
        }
        proxy = try FreshetProcess(
            upstream: relay.endpoint,
            configuration: Self.configuration(lines, relay.endpoint),
            wrapper: setup.descriptors.map { ["sh", "-c", "ulimit -n \($0); exec \"$0\" \"$@\""] } ?? [],
            until: .listening)
        score.starts.add(1, ordering: .relaxed)
        entrances =
            [proxy.tcp, proxy.unix] + (tlsPort.map { [Endpoint.tcp($0)] } ?? [])
            + (tunnel.map { [$0.endpoint] } ?? [])
    }

    private static func configuration(_ lines: [String], _ upstream: Endpoint) -> String {
        guard case .tcp(let port) = upstream else { return "" }
        return """
            upstream redis://:\(password)@127.0.0.1:\(port)
            reconnect-backoff 5ms 50ms
            connect-timeout 2s
            drain-timeout 3s
            log-level warning
            buffer-limit 64mb
            probe-interval 200ms
            \(lines.joined(separator: "\n"))
            \(SiegeSetup.conventions)
            """
    }

    var stateDirectory: String { (disk?.path ?? proxy.directory.path) + "/state" }

    func fillDisk() throws { try disk?.fill() }
    func makeRoom() throws { try disk?.makeRoom() }

    // MARK: What must hold

    /// What the process has written at last, for whoever reads of a problem.
    var lastWords: String { String(proxy.log.suffix(3000)) }

    /// Whether the process lives; if not, that is noted.
    func lives(_ when: String) -> Bool {
        guard let exit = proxy.exit else { return true }
        score.crashed("\(when): it ended with \(exit); \(setup)\n\(lastWords)")
        return false
    }

    /// With an honest relay and room on the disk, a fresh connection is served and the process says it lives.
    func checkService(_ when: String) throws {
        relay.isHonest.store(true, ordering: .sequentiallyConsistent)
        relay.endAll()
        try makeRoom()
        guard lives(when) else { return }
        for entrance in [proxy.tcp, proxy.unix] {
            wait("\(when): PING through \(entrance)") { Self.ping(entrance) }
        }
        wait("\(when): /livez") {
            (try? AdminHTTP.get("/livez", from: self.proxy.admin))?.status == 200
        }
        measure(when)
    }

    private func wait(_ what: String, _ condition: () -> Bool) {
        do {
            try waitUntil(what, withinMilliseconds: Self.bound) { proxy.exit != nil || condition() }
        } catch {
            score.hung("\(what) is not answered; \(setup)\n\(lastWords)")
        }
        _ = lives(what)
    }

    private static func ping(_ endpoint: Endpoint) -> Bool {
        do {
            let client = try RawClient(endpoint, limitMilliseconds: 2000)
            guard try client.command("AUTH", password) == .simple("OK") else { return false }
            _ = try client.command("GET", "page:1:x")
            return try client.command("PING") == .simple("PONG")
        } catch { return false }
    }

    /// No more than buffers, queue and code may take.
    private func measure(_ when: String) {
        guard let process = proxy.identifier,
            let status = try? FileSystem.readText("/proc/\(process)/status")
        else { return }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        let bytes = (line.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) } ?? 0) << 10
        if bytes > score.resident.load(ordering: .relaxed) { score.resident.store(bytes, ordering: .relaxed) }
        if bytes > 320 << 20 { score.grew("\(when): \(bytes >> 20) MiB resident; \(setup)") }
    }

    /// Ends the process: asked once, asked again, or killed.
    func end(_ way: StateDamage.End) {
        if proxy.exit != nil { return }
        if way == .killed {
            proxy.signal(SIGKILL)
            _ = try? proxy.waitForExit()
            return
        }
        proxy.signal(SIGTERM)
        if way == .askedTwice { proxy.signal(SIGTERM) }
        if let exit = try? proxy.waitForExit(withinMilliseconds: way == .asked ? 10_000 : Self.bound) {
            return noteExit(exit, "SIGTERM")
        }
        proxy.signal(SIGTERM)
        if let exit = try? proxy.waitForExit(withinMilliseconds: Self.bound) {
            return noteExit(exit, "a second SIGTERM")
        }
        score.hung("it does not end after a second SIGTERM; \(setup)\n\(lastWords)")
        proxy.signal(SIGKILL)
        _ = try? proxy.waitForExit()
    }

    private func noteExit(_ exit: ChildProcess.Exit, _ signal: String) {
        if case .code = exit { return }
        score.crashed("after \(signal): \(exit); \(setup)\n\(lastWords)")
    }

    /// Starts the process again; that it does not start is a crash.
    func startAgain(_ after: String) {
        score.starts.add(1, ordering: .relaxed)
        do {
            try proxy.start(until: .listening)
        } catch {
            score.crashed("after \(after) it does not start: \(error); \(setup)")
        }
    }
}
