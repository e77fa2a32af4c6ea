import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Rotated certificates")
struct RotationTests {
    @Test("are used by new sessions after a reload, while old ones live on")
    func listener() throws {
        let files = try RotatingFiles()
        let stage = try TLSStage(
            configuration: "tls-cert-file \(files.certificate)\ntls-key-file \(files.key)")
        let before = try RawClient(stage.tunnel())
        #expect(try before.command("SET", "k", "v") == .simple("OK"))
        try files.install(try stage.credentials.store.certificate("rotated", by: stage.credentials.stranger))
        stage.proxy.signal(SIGHUP)
        try waitUntil("the reload") { try stage.proxy.metric("freshet_config_generation") == 2 }
        let trusting = try stage.tunnel(stage.credentials.client, authority: stage.credentials.stranger)
        try waitUntil("the new certificate") {
            (try? RawClient(trusting).command("GET", "k")) == .bulk("v")
        }
        #expect(try before.command("GET", "k") == .bulk("v"))
        #expect(try RawClient(stage.tunnel()).readToEnd() == [])
    }

    @Test("that cannot be used leave the old ones in force, and the metric and the verb say so")
    func bad() throws {
        let files = try RotatingFiles()
        let stage = try TLSStage(
            configuration: "tls-cert-file \(files.certificate)\ntls-key-file \(files.key)")
        try FileSystem.write("not a certificate\n", to: files.certificate)
        let reply = try RawClient(stage.proxy.admin).command("FRESHET", "RELOAD")
        guard case .error(let text) = reply else { return #expect(Bool(false), "\(reply)") }
        #expect(text.contains("expected a PEM certificate in '\(files.certificate)'"))
        #expect(try stage.proxy.metric("freshet_config_last_reload_successful") == 0)
        #expect(try RawClient(stage.tunnel()).command("PING") == .simple("PONG"))
        try files.install(stage.credentials.server)
        #expect(try !RawClient(stage.proxy.admin).command("FRESHET", "RELOAD").isError)
        #expect(try stage.proxy.metric("freshet_config_last_reload_successful") == 1)
    }

    @Test("of the upstream are accepted once the new authority is reloaded")
    func upstream() throws {
        let files = try RotatingFiles()
        let credentials = try Credentials.shared()
        let server = try credentials.store.certificate("moved", by: credentials.stranger)
        let stage = try TLSStage(
            server: server, configuration: "upstream-tls-ca-cert-file \(files.certificate)", until: .listening
        )
        try stage.waitUnready(because: "certificate verify failed")
        try FileSystem.write(
            try FileSystem.readText(credentials.stranger.certificate), to: files.certificate)
        #expect(try !RawClient(stage.proxy.admin).command("FRESHET", "RELOAD").isError)
        try stage.waitReady()
        #expect(try RawClient(stage.proxy.unix).command("PING") == .simple("PONG"))
    }
}

/// A certificate and its key in places of their own, to be replaced.
struct RotatingFiles {
    private let directory: TemporaryDirectory
    var certificate: String { directory.path + "/tls.crt" }
    var key: String { directory.path + "/tls.key" }

    init() throws {
        directory = try TemporaryDirectory()
        try install(try Credentials.shared().server)
    }

    func install(_ pair: TestCertificates.Pair) throws {
        try FileSystem.write(try FileSystem.readText(pair.certificate), to: certificate)
        try FileSystem.write(try FileSystem.readText(pair.key), to: key)
    }
}
