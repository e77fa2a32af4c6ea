import Synchronization
import TestSupport

/// A Redis with a TLS port that wants a certificate, and Freshet before it: TLS on both sides.
final class TLSStage: Sendable {
    let credentials: Credentials
    let redis: RedisServer
    let redisPort: UInt16
    let proxy: FreshetProcess
    let port: UInt16
    private let tunnels = Mutex<[TLSTunnel]>([])

    /// `configuration` comes last in proxy.conf, so that it wins.
    init(
        server: TestCertificates.Pair? = nil, configuration: String = "",
        until readiness: FreshetProcess.Readiness = .ready
    ) throws {
        credentials = try Credentials.shared()
        redisPort = try Endpoint.freePort()
        port = try Endpoint.freePort()
        redis = try RedisServer(
            options: Self.options(redisPort, server ?? credentials.server, credentials.authority))
        proxy = try FreshetProcess(
            upstream: redis.tcp,
            configuration: """
                listen tls://127.0.0.1:\(port)
                tls-cert-file \(credentials.server.certificate)
                tls-key-file \(credentials.server.key)
                tls-ca-cert-file \(credentials.authority.certificate)
                upstream rediss://127.0.0.1:\(redisPort)
                upstream-tls-ca-cert-file \(credentials.authority.certificate)
                upstream-tls-cert-file \(credentials.client.certificate)
                upstream-tls-key-file \(credentials.client.key)
                \(configuration)
                """, until: readiness)
    }

    static func options(
        _ port: UInt16, _ server: TestCertificates.Pair, _ authority: TestCertificates.Pair
    ) -> [String] {
        [
            "--tls-port", "\(port)", "--tls-cert-file", server.certificate, "--tls-key-file", server.key,
            "--tls-ca-cert-file", authority.certificate,
        ]
    }

    /// A way in for clients with this certificate.
    ///
    /// It lives as long as the stage. `authority` is the one that the clients trust.
    func tunnel(
        _ identity: TestCertificates.Pair?, authority: TestCertificates.Pair? = nil, to port: UInt16? = nil
    ) throws -> Endpoint {
        let tunnel = try TLSTunnel(
            to: port ?? self.port, authority: (authority ?? credentials.authority).certificate,
            identity: identity)
        tunnels.withLock { $0.append(tunnel) }
        return tunnel.endpoint
    }

    /// A way in for clients with a good certificate.
    func tunnel() throws -> Endpoint { try tunnel(credentials.client) }

    /// Waits until the proxy says that it is not ready because of `reason`.
    func waitUnready(because reason: String) throws {
        var body = ""
        do {
            try waitUntil("/readyz to say '\(reason)'", withinMilliseconds: 20_000) {
                let response = try AdminHTTP.get("/readyz", from: proxy.admin)
                body = response.body
                return response.status == 503 && body.contains(reason)
            }
        } catch {
            throw SupportError("\(error); it says: \(body); the log: \(proxy.log)")
        }
    }

    func waitReady() throws {
        try waitUntil("/readyz to say 200; the log: \(proxy.log)", withinMilliseconds: 20_000) {
            try AdminHTTP.get("/readyz", from: proxy.admin).status == 200
        }
    }

    /// How many handshakes failed for `reason`.
    func failures(_ side: String, _ reason: String) throws -> Double {
        try proxy.metric("freshet_tls_handshake_failures_total{side=\"\(side)\",reason=\"\(reason)\"}") ?? -1
    }
}
