import Bytes
import Naming

extension Reading {
    /// Checks that what TLS needs is there; what the files hold is looked at by `inspectSettings`.
    mutating func checkTLS() {
        if let listener = tlsListener { checkListening(listener) }
        guard settings.encryptsLinks else { return warnOfUnusedUpstreamTLS() }
        checkPair(
            settings.upstreamTlsCertFile, settings.upstreamTlsKeyFile, "upstream-tls-cert-file",
            "upstream-tls-key-file")
        if !settings.upstreamTlsVerify {
            warn(
                "upstream-tls-verify",
                "the upstream's certificate is not verified: whoever gets in between can read and change "
                    + "everything; give upstream-tls-ca-cert-file instead")
        }
    }

    private mutating func checkListening(_ listener: Word) {
        if settings.tlsCertFile == nil || settings.tlsKeyFile == nil {
            diagnostics.append(
                .error(
                    "a tls:// listener needs tls-cert-file and tls-key-file: give both", at: listener.location
                ))
        }
        if settings.tlsAuthClients != .no, settings.tlsCaCertFile == nil, settings.tlsCaCertDir == nil {
            let place = lastWords["tls-auth-clients"] ?? listener
            diagnostics.append(
                .error(
                    "tls-auth-clients \(settings.tlsAuthClients.rawValue) needs tls-ca-cert-file or "
                        + "tls-ca-cert-dir to verify clients with: give one, or tls-auth-clients no",
                    at: place.location))
        }
    }

    private mutating func checkPair(
        _ certificate: String?, _ key: String?, _ certificateName: String, _ keyName: String
    ) {
        guard (certificate == nil) != (key == nil),
            let word = lastWords[certificate == nil ? keyName : certificateName]
        else { return }
        let missing = certificate == nil ? certificateName : keyName
        diagnostics.append(
            .error("a certificate and its key belong together: give \(missing) as well", at: word.location))
    }

    private mutating func warnOfUnusedUpstreamTLS() {
        guard lastWords["upstream"] != nil else { return }
        for name in ["upstream-tls-ca-cert-file", "upstream-tls-cert-file", "upstream-tls-server-name"] {
            guard let word = lastWords[name], word.text != "off" else { continue }
            warn(
                name,
                "\(name) has no effect: neither upstream nor fallback is encrypted; write rediss:// for TLS")
        }
    }

    private mutating func warn(_ directive: String, _ message: String) {
        guard let word = lastWords[directive] else { return }
        diagnostics.append(Diagnostic(severity: .warning, location: word.location, message: message))
    }

    /// Has the settings judged by whoever can read what they name.
    mutating func inspectSettings(_ inspect: @Sendable (Settings) -> [SettingProblem]) {
        for problem in inspect(settings) {
            let place = lastWords[problem.directive]?.location ?? lastWords["upstream"]?.location
            diagnostics.append(
                Diagnostic(
                    severity: problem.severity, location: place ?? .unknown, message: problem.message))
        }
    }
}
