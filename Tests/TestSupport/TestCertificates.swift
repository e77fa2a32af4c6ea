/// Certificates of a test's own, made by `openssl` in a directory that goes with them.
public final class TestCertificates: Sendable {
    /// Two files that belong together.
    public struct Pair: Sendable {
        public let certificate: String
        public let key: String
    }

    public let directory: TemporaryDirectory

    public init() throws { directory = try TemporaryDirectory() }

    /// A new authority, and the certificate with which it is trusted.
    public func authority(_ name: String) throws -> Pair {
        let pair = pair(name)
        try openssl(
            ["req", "-x509", "-nodes", "-out", pair.certificate, "-days", "30", "-subj", "/CN=\(name)"]
                + Self.newKey(pair.key))
        return pair
    }

    /// A certificate signed by `authority`; `names` as OpenSSL writes them: `DNS:localhost`, `IP:127.0.0.1`.
    ///
    /// With negative `days` it has expired. The file also holds the authority's certificate.
    public func certificate(
        _ name: String, by authority: Pair, names: [String] = ["DNS:localhost", "IP:127.0.0.1"],
        days: Int = 30
    ) throws -> Pair {
        let pair = pair(name)
        let request = directory.path + "/\(name).csr"
        try openssl(
            ["req", "-nodes", "-out", request, "-subj", "/CN=\(name)"] + Self.newKey(pair.key))
        let extensions = directory.path + "/\(name).ext"
        try FileSystem.write("subjectAltName=\(names.joined(separator: ","))\n", to: extensions)
        try openssl([
            "x509", "-req", "-in", request, "-CA", authority.certificate, "-CAkey", authority.key,
            "-set_serial", "\(Int.random(in: 1...Int(Int32.max)))", "-out", pair.certificate, "-days",
            "\(days)", "-extfile", extensions,
        ])
        return pair
    }

    /// A copy of the key that only `passphrase` opens.
    public func encrypted(_ key: String, passphrase: String) throws -> String {
        let path = key + ".encrypted"
        try openssl(["ec", "-in", key, "-aes256", "-passout", "pass:\(passphrase)", "-out", path])
        return path
    }

    private func pair(_ name: String) -> Pair {
        Pair(certificate: "\(directory.path)/\(name).crt", key: "\(directory.path)/\(name).key")
    }

    private static func newKey(_ path: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", path]
    }

    private func openssl(_ arguments: [String]) throws {
        let (exit, output) = try ChildProcess.run(["openssl"] + arguments)
        guard exit == .code(0) else {
            throw SupportError("openssl \(arguments.joined(separator: " ")): \(output)")
        }
    }
}
