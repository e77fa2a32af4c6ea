import TestSupport
import Testing

@Suite("freshet check looks into the files of TLS")
struct CheckTests {
    private let directory: TemporaryDirectory
    private let credentials: Credentials

    init() throws {
        directory = try TemporaryDirectory()
        credentials = try Credentials.shared()
    }

    private func check(_ text: String) throws -> (exit: ChildProcess.Exit, output: String) {
        let path = directory.path + "/proxy.conf"
        try FileSystem.write(text + "\n", to: path)
        return try FreshetProcess.run(["check", path])
    }

    private func expect(
        _ text: String, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (exit, output) = try check(text)
        #expect(exit == .code(78), "\(output)", sourceLocation: sourceLocation)
        #expect(output.contains("proxy.conf:" + message), "\(output)", sourceLocation: sourceLocation)
    }

    @Test("files that hold together are fine")
    func fine() throws {
        let (exit, output) = try check(
            """
            listen tls://127.0.0.1:6390
            tls-cert-file \(credentials.server.certificate)
            tls-key-file \(credentials.server.key)
            tls-ca-cert-file \(credentials.authority.certificate)
            """)
        #expect(exit == .code(0), "\(output)")
    }

    @Test("a file that is not there, or is no certificate, is reported where it is named")
    func unreadable() throws {
        try expect(
            "tls-cert-file /nowhere/tls.crt",
            "1:15: error: expected a readable file, but '/nowhere/tls.crt' cannot be read: No such file")
        try expect(
            "tls-cert-file /etc/hostname",
            "1:15: error: expected a PEM certificate in '/etc/hostname', found none")
        try expect(
            "tls-cert-file \(credentials.server.certificate)\ntls-key-file /etc/hostname",
            "2:14: error: expected a PEM private key in '/etc/hostname', found none")
        try expect(
            "tls-cert-file \(credentials.server.certificate)\ntls-ca-cert-file /etc/hostname",
            "2:18: error: expected PEM certificates of authorities in '/etc/hostname', found none")
    }

    @Test("a key of another certificate is reported")
    func mismatch() throws {
        try expect(
            "tls-cert-file \(credentials.server.certificate)\ntls-key-file \(credentials.client.key)",
            "2:14: error: expected the private key of the certificate in '\(credentials.server.certificate)'")
        try expect(
            """
            upstream rediss://localhost
            upstream-tls-cert-file \(credentials.client.certificate)
            upstream-tls-key-file \(credentials.server.key)
            """, "3:23: error: expected the private key of the certificate in")
    }

    @Test("an encrypted key needs its passphrase, and a wrong one does not do")
    func passphrase() throws {
        let key = try credentials.store.encrypted(credentials.server.key, passphrase: "sesame")
        let files = "tls-cert-file \(credentials.server.certificate)\ntls-key-file \(key)"
        try expect(
            files, "2:14: error: expected the passphrase of the encrypted private key '\(key)', but none is")
        let pass = directory.path + "/pass"
        try FileSystem.write("wrong\n", to: pass)
        try expect(
            files + "\ntls-key-file-pass-file \(pass)",
            "3:24: error: expected the passphrase of the encrypted private key '\(key)', but the given one")
        try FileSystem.write("sesame\n", to: pass)
        let (exit, output) = try check(files + "\ntls-key-file-pass-file \(pass)")
        #expect(exit == .code(0), "\(output)")
    }

    @Test("an expired certificate of one's own is a warning")
    func expired() throws {
        let old = try credentials.store.certificate("old", by: credentials.authority, days: -1)
        let (exit, output) = try check("tls-cert-file \(old.certificate)\ntls-key-file \(old.key)")
        #expect(exit == .code(0))
        #expect(output.contains("proxy.conf:1:15: warning: this certificate has expired"), "\(output)")
    }

    @Test("ciphers that OpenSSL does not know are reported")
    func ciphers() throws {
        let files =
            "tls-cert-file \(credentials.server.certificate)\ntls-key-file \(credentials.server.key)\n"
        try expect(files + "tls-ciphers NONSENSE", "3:13: error: expected a list of ciphers")
        try expect(files + "tls-ciphersuites NONSENSE", "3:18: error: expected TLS 1.3 suites")
    }
}
