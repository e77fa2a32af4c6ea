import Bytes
import Config
import Naming
import Testing

@Suite struct TLSDirectiveTests {
    private let certificate = "tls-cert-file /c\ntls-key-file /k\n"

    @Test("rediss:// is the same URL, encrypted")
    func upstreamURL() throws {
        let upstream = try accepted("upstream rediss://u:p@h").settings.upstream
        #expect(upstream.isTLS)
        #expect(upstream.address == .tcp(host: "h", port: 6379))
        #expect(upstream.description == "rediss://u:***@h:6379")
        #expect(try !accepted("upstream redis://h").settings.upstream.isTLS)
    }

    @Test("plain and TLS listeners stand side by side, and share no address")
    func listeners() throws {
        let text = "listen 127.0.0.1:1\nlisten tls://127.0.0.1:2\ntls-auth-clients no\n" + certificate
        #expect(
            try accepted(text).settings.listen.map(\.description) == ["127.0.0.1:1", "tls://127.0.0.1:2"])
        #expect(
            messages(of: "listen 127.0.0.1:1\nlisten tls://127.0.0.1:1\ntls-auth-clients no\n" + certificate)
                == ["2:8: duplicate listen 127.0.0.1:1, already at proxy.conf:1: remove one of them"])
    }

    @Test("a TLS listener without certificate, key or authorities is an error that says what to give")
    func missing() {
        #expect(
            messages(of: "listen tls://h:1\ntls-auth-clients no") == [
                "1:8: a tls:// listener needs tls-cert-file and tls-key-file: give both"
            ])
        #expect(
            messages(of: "listen tls://h:1\n" + certificate) == [
                "1:8: tls-auth-clients yes needs tls-ca-cert-file or tls-ca-cert-dir to verify clients with: "
                    + "give one, or tls-auth-clients no"
            ])
        #expect(
            messages(of: "upstream rediss://h\nupstream-tls-cert-file /c") == [
                "2:24: a certificate and its key belong together: give upstream-tls-key-file as well"
            ])
    }

    @Test("protocols are words of their own, or one as in redis.conf")
    func protocols() throws {
        for text in ["TLSv1.2 TLSv1.3", "\"TLSv1.2 TLSv1.3\"", "TLSv1.3 tlsv1.2"] {
            #expect(try accepted("tls-protocols \(text)").settings.tlsProtocols == .both)
        }
        #expect(try accepted("tls-protocols TLSv1.3").settings.tlsProtocols == .only13)
        #expect(try accepted("tls-protocols \"TLSv1.2\"").settings.tlsProtocols == .only12)
    }

    @Test("an upstream that is not verified, and settings without effect, are warned of")
    func warnings() throws {
        let unverified = try accepted("upstream rediss://h\nupstream-tls-verify no")
        #expect(unverified.diagnostics.map(\.location.line) == [2])
        let unused = try accepted("upstream redis://h\nupstream-tls-server-name x")
        #expect(unused.diagnostics.map(\.location.line) == [2])
    }

    @Test("a passphrase is read from its file, and no listing shows it")
    func passphrase() throws {
        let folder = TemporaryFolder()
        let path = folder.write("pass", "hunter2\n")
        let configuration = try accepted("tls-key-file-pass-file \(path)")
        #expect(configuration.settings.tlsKeyPass?.revealed == "hunter2")
        #expect(!configuration.effectiveLines(showSecrets: true).joined().contains("hunter2"))
        #expect(!"\(configuration.settings)".contains("hunter2"))
        #expect(messages(of: "tls-key-file-pass-file /nowhere").count == 1)
    }
}
