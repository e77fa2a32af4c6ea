import TestSupport
import Testing

@Suite("A TLS listener")
struct ListenerTests {
    @Test("serves clients with a certificate, and closes without a word for others")
    func required() throws {
        let stage = try TLSStage()
        #expect(try RawClient(stage.tunnel()).command("PING") == .simple("PONG"))
        for identity in [nil, stage.credentials.foreign] {
            let tunnel = try stage.tunnel(identity)
            let client = try RawClient(tunnel)
            try client.sendCommand("SET", "never", "written")
            #expect(try client.readToEnd() == [])
        }
        try waitUntil("both refusals to be counted") { try stage.failures("client", "certificate") == 2 }
        #expect(try stage.redis.command("EXISTS", "never") == .integer(0))
        #expect(stage.proxy.log.contains("the TLS handshake of a client failed"))
        #expect(try RawClient(stage.proxy.unix).command("PING") == .simple("PONG"))
    }

    @Test("takes clients without a certificate where it is optional, but none with a wrong one")
    func optional() throws {
        let stage = try TLSStage(configuration: "tls-auth-clients optional")
        for identity in [nil, stage.credentials.client] {
            let tunnel = try stage.tunnel(identity)
            #expect(try RawClient(tunnel).command("PING") == .simple("PONG"))
        }
        let tunnel = try stage.tunnel(stage.credentials.foreign)
        let client = try RawClient(tunnel)
        try client.sendCommand("PING")
        #expect(try client.readToEnd() == [])
    }

    @Test("takes everybody where certificates do not matter")
    func ignored() throws {
        let stage = try TLSStage(configuration: "tls-auth-clients no")
        for identity in [nil, stage.credentials.foreign] {
            let tunnel = try stage.tunnel(identity)
            #expect(try RawClient(tunnel).command("PING") == .simple("PONG"))
        }
    }

    @Test(
        "speaks the versions that are allowed and no others",
        arguments: [
            ("", "-tls1_3", true), ("", "-tls1_2", true), ("", "-tls1_1", false),
            ("tls-protocols TLSv1.3", "-tls1_3", true), ("tls-protocols TLSv1.3", "-tls1_2", false),
            ("tls-protocols TLSv1.2", "-tls1_2", true), ("tls-protocols TLSv1.2", "-tls1_3", false),
        ])
    func versions(line: String, version: String, isAccepted: Bool) throws {
        let stage = try TLSStage(configuration: "tls-auth-clients no\n\(line)")
        let (exit, output) = try ChildProcess.run([
            "openssl", "s_client", "-connect", "127.0.0.1:\(stage.port)", "-CAfile",
            stage.credentials.authority.certificate, "-cipher", "DEFAULT@SECLEVEL=0", version,
        ])
        #expect((exit == .code(0)) == isAccepted, "\(output)")
        guard !isAccepted else { return }
        try waitUntil("the refusal to be counted") { try stage.failures("client", "version") == 1 }
    }

    @Test(
        "says nothing to plain RESP and closes",
        arguments: ["PING\r\n", "*1\r\n$4\r\nPING\r\n", "GET / HTTP/1.1\r\n"])
    func plainOnTLS(_ bytes: String) throws {
        let stage = try TLSStage()
        let client = try RawClient(.tcp(stage.port))
        try client.send(bytes)
        #expect(try client.readToEnd() == [])
        try waitUntil("the refusal to be counted") { try stage.failures("client", "not_tls") == 1 }
        #expect(stage.proxy.log.contains("does not speak TLS"))
    }

    @Test("closes a client that does not come to an end with its handshake")
    func timeout() throws {
        let stage = try TLSStage(configuration: "tls-handshake-timeout 100ms")
        let silent = try RawClient(.tcp(stage.port))
        let slow = try RawClient(.tcp(stage.port))
        try slow.send([0x16, 3, 1, 2, 0, 1])
        #expect(try silent.readToEnd() == [])
        #expect(try slow.readToEnd() == [])
        try waitUntil("both to be counted") { try stage.failures("client", "timeout") == 2 }
    }

    @Test("drops one client more than max-clients, as Redis does where TLS is spoken")
    func tooMany() throws {
        let stage = try TLSStage(configuration: "max-clients 1")
        let tunnel = try stage.tunnel()
        var first = try RawClient(tunnel)
        // The connection that asked whether the proxy is ready may still be there.
        try waitUntil("a place") {
            if (try? first.command("PING")) == .simple("PONG") { return true }
            first = try RawClient(tunnel)
            return false
        }
        #expect(try RawClient(tunnel).readToEnd() == [])
        #expect(try first.command("PING") == .simple("PONG"))
    }

    @Test("of plain RESP closes a TLS client without a word, and the log says so once a minute")
    func tlsOnPlain() throws {
        let stage = try TLSStage()
        let tunnel = try stage.tunnel(nil, to: stage.proxy.port)
        for _ in 0..<3 { #expect(try RawClient(tunnel).readToEnd() == []) }
        let lines = stage.proxy.log.split(separator: "\n").filter { $0.contains("TLS on plain port") }
        #expect(lines.count == 1)
    }

    @Test("refuses to negotiate again")
    func renegotiation() throws {
        let stage = try TLSStage()
        let other = try RawClient(stage.tunnel())
        #expect(try other.command("PING") == .simple("PONG"))
        try PythonClient.run("tls_renegotiate", stage)
        #expect(try other.command("PING") == .simple("PONG"))
    }

    @Test("says goodbye properly, so that clients can tell an end from a cut")
    func closeNotify() throws {
        let stage = try TLSStage()
        try PythonClient.run("tls_goodbye", stage)
    }
}
