import TestSupport
import Testing

@Suite("An encrypted upstream")
struct UpstreamTests {
    enum Flaw: String, CaseIterable, Sendable {
        case expired = "certificate has expired"
        case wrongHost = "IP address mismatch"
        case unknownAuthority = "certificate"
    }

    @Test("is refused with the reason when its certificate does not hold", arguments: Flaw.allCases)
    func flaws(_ flaw: Flaw) throws {
        let credentials = try Credentials.shared()
        let server =
            switch flaw {
            case .expired:
                try credentials.store.certificate("expired", by: credentials.authority, days: -1)
            case .wrongHost:
                try credentials.store.certificate(
                    "elsewhere", by: credentials.authority, names: ["DNS:elsewhere", "IP:192.0.2.1"])
            case .unknownAuthority: try credentials.store.certificate("unknown", by: credentials.stranger)
            }
        let stage = try TLSStage(server: server, until: .listening)
        try stage.waitUnready(because: flaw.rawValue)
        #expect(stage.proxy.log.contains("certificate verify failed"))
        #expect(try stage.failures("upstream", "certificate") > 0)
        let reply = try RawClient(stage.proxy.unix).command("GET", "k")
        guard case .error(let text) = reply else { return #expect(Bool(false), "\(reply)") }
        #expect(text.contains("upstream unavailable") && text.contains(flaw.rawValue))
    }

    @Test("is taken whatever it shows when it is not verified, and a warning says so")
    func unverified() throws {
        let credentials = try Credentials.shared()
        let server = try credentials.store.certificate("unverified", by: credentials.stranger, days: -1)
        let stage = try TLSStage(server: server, configuration: "upstream-tls-verify no")
        #expect(try RawClient(stage.proxy.unix).command("PING") == .simple("PONG"))
        #expect(stage.proxy.log.contains("the upstream's certificate is not verified"))
    }

    @Test("may have a certificate for another name than its address, if that is said")
    func serverName() throws {
        let credentials = try Credentials.shared()
        let server = try credentials.store.certificate(
            "named", by: credentials.authority, names: ["DNS:redis.example"])
        let name = "upstream-tls-server-name redis.example"
        let stage = try TLSStage(server: server, configuration: name)
        #expect(try RawClient(stage.proxy.unix).command("PING") == .simple("PONG"))
        let other = try TLSStage(
            server: server, configuration: "upstream-tls-server-name mail.example", until: .listening)
        try other.waitUnready(because: "hostname mismatch")
    }

    @Test("that wants a certificate and gets none is not ready")
    func missingCertificate() throws {
        let stage = try TLSStage(
            configuration: "upstream-tls-cert-file off\nupstream-tls-key-file off", until: .listening)
        try stage.waitUnready(because: "upstream: ")
        #expect(try RawClient(stage.proxy.unix).command("GET", "k").isError)
        #expect(try stage.proxy.metric("freshet_upstream_up{role=\"primary\"}") == 0)
    }

    @Test("that speaks nothing newer than TLS 1.1 is refused")
    func oldVersion() throws {
        let stage = try TLSStage(configuration: "", until: .ready)
        let port = try Endpoint.freePort()
        let old = try OpenSSLServer(
            port: port, stage.credentials.server, ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
        let proxy = try Self.proxy(to: port, stage.credentials)
        try waitUntil("the refusal", withinMilliseconds: 20_000) {
            try AdminHTTP.get("/readyz", from: proxy.admin).body.contains("protocol")
        }
        #expect(
            try proxy.metric("freshet_tls_handshake_failures_total{side=\"upstream\",reason=\"version\"}")
                ?? 0 > 0)
        _ = old
    }

    @Test("is told by SNI which name is wanted", arguments: ["redis.example", "mail.example"])
    func nameIndication(name: String) throws {
        let credentials = try Credentials.shared()
        let named = try credentials.store.certificate(
            "indicated-\(name)", by: credentials.authority, names: ["DNS:redis.example", "DNS:mail.example"])
        let port = try Endpoint.freePort()
        let server = try OpenSSLServer(
            port: port, named,
            [
                "-servername", "redis.example", "-servername_fatal", "-cert2", named.certificate, "-key2",
                named.key,
            ])
        let proxy = try Self.proxy(to: port, credentials, "upstream-tls-server-name \(name)")
        let metric =
            name == "redis.example"
            ? "freshet_tls_handshakes_total{side=\"upstream\"}"
            : "freshet_tls_handshake_failures_total{side=\"upstream\",reason=\"other\"}"
        try waitUntil("\(metric); the log: \(proxy.log)", withinMilliseconds: 20_000) {
            try proxy.metric(metric) ?? 0 > 0
        }
        _ = server
    }

    /// CVE-2021-3935: what somebody in between says in plain text must not be taken for Redis's words.
    @Test("that speaks before the handshake is not listened to")
    func plaintextFirst() throws {
        let credentials = try Credentials.shared()
        let port = try Endpoint.freePort()
        let directory = try TemporaryDirectory()
        let speaker = try ChildProcess(
            ["python3", RepositoryRoot.file("Tests/clients/python/speaks_first.py"), "\(port)"],
            outputPath: directory.path + "/output")
        try waitUntil("the speaker; it said: \(speaker.output)") { (try? RawClient(.tcp(port))) != nil }
        let proxy = try Self.proxy(to: port, credentials)
        let client = try RawClient(proxy.unix)
        try client.sendCommand("GET", "k")
        let heard = String(decoding: try client.readToEnd(), as: UTF8.self)
        #expect(heard.hasPrefix("-ERR freshet: upstream unavailable"))
        #expect(!heard.contains("forged"))
        try waitUntil("/readyz to say so") {
            try AdminHTTP.get("/readyz", from: proxy.admin).body.contains("does not speak TLS")
        }
    }

    private static func proxy(
        to port: UInt16, _ credentials: Credentials, _ configuration: String = ""
    ) throws -> FreshetProcess {
        try FreshetProcess(
            upstream: .tcp(port),
            configuration: """
                upstream rediss://127.0.0.1:\(port)
                upstream-tls-ca-cert-file \(credentials.authority.certificate)
                \(configuration)
                """, until: .listening)
    }
}

/// `openssl s_server`, for what a Redis would not do.
final class OpenSSLServer {
    private let process: ChildProcess
    private let directory: TemporaryDirectory

    init(port: UInt16, _ pair: TestCertificates.Pair, _ options: [String]) throws {
        directory = try TemporaryDirectory()
        process = try ChildProcess(
            [
                "openssl", "s_server", "-www", "-accept", "127.0.0.1:\(port)", "-cert", pair.certificate,
                "-key",
                pair.key,
            ] + options, outputPath: directory.path + "/output")
        let process = process
        try waitUntil("openssl s_server; it said: \(process.output)") { process.output.contains("ACCEPT") }
    }
}
