extension Metric {
    public static let tlsHandshakes = counter(
        "freshet_tls_handshakes_total", labels: ["side"],
        "TLS handshakes that succeeded, with clients or with the upstream")
    public static let tlsHandshakeFailures = counter(
        "freshet_tls_handshake_failures_total", labels: ["side", "reason"],
        "TLS handshakes that failed (certificate, version, not_tls, timeout, closed, other)")
    public static let tlsCertificateExpiry = gauge(
        "freshet_tls_certificate_expiry_timestamp_seconds", labels: ["side"],
        "Unix time at which the certificate shown to clients, or to the upstream, expires")

    static let tls = [tlsHandshakes, tlsHandshakeFailures, tlsCertificateExpiry]
}
