import TestSupport

/// TLS before and behind the proxy, and a way in for clients that know nothing of it.
struct Encryption: Sendable {
    let tunnel: TLSTunnel
    let redisOptions: [String]
    let configuration: String

    init() throws {
        let files = try Files.shared.get()
        let (redisPort, port) = (try Endpoint.freePort(), try Endpoint.freePort())
        redisOptions = [
            "--tls-port", "\(redisPort)", "--tls-cert-file", files.server.certificate, "--tls-key-file",
            files.server.key, "--tls-auth-clients", "no",
        ]
        configuration = """
            listen tls://127.0.0.1:\(port)
            tls-cert-file \(files.server.certificate)
            tls-key-file \(files.server.key)
            tls-auth-clients no
            upstream rediss://127.0.0.1:\(redisPort)
            upstream-tls-ca-cert-file \(files.authority.certificate)
            """
        tunnel = try TLSTunnel(to: port, authority: files.authority.certificate)
    }

    private struct Files: Sendable {
        static let shared = Result { try Files() }

        let store: TestCertificates
        let authority: TestCertificates.Pair
        let server: TestCertificates.Pair

        init() throws {
            store = try TestCertificates()
            authority = try store.authority("authority")
            server = try store.certificate("server", by: authority)
        }
    }
}
