public import Config
import EventLoop
import Metrics
import Naming

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What streams are encrypted with on either side, made anew from the files at each reload.
public struct Encryption: Sendable {
    /// For clients; nil without a certificate.
    private(set) var clients: TLSContext?
    /// For links; nil unless upstream or fallback is `rediss://`.
    private(set) var upstream: TLSContext?
    let handshakeMilliseconds: Int

    /// Throws what is wrong with the first file that is.
    init(_ settings: Settings, _ metrics: MetricsRegistry?) throws(TLSProblem) {
        handshakeMilliseconds = settings.tlsHandshakeTimeout.milliseconds
        clients =
            settings.tlsCertFile == nil
            ? nil
            : try TLSContext(
                .accepting, Self.clientOptions(settings),
                observer: metrics.map { Self.observer($0, "client") })
        upstream =
            !settings.encryptsLinks
            ? nil
            : try TLSContext(
                .connecting, Self.upstreamOptions(settings),
                observer: metrics.map { Self.observer($0, "upstream") })
        if let metrics { publish(metrics) }
    }

    /// Where a new configuration no longer encrypts, but only a restart ends that: what was in force stays.
    func keeping(_ former: Encryption) -> Encryption {
        var kept = self
        kept.clients = clients ?? former.clients
        kept.upstream = upstream ?? former.upstream
        return kept
    }

    /// What is wrong with the files and lists that the settings name.
    @Sendable
    public static func inspect(_ settings: Settings) -> [SettingProblem] {
        problems(.accepting, settings, settings.tlsCertFile != nil)
            + problems(.connecting, settings, settings.encryptsLinks)
    }

    private static func problems(
        _ side: TLSContext.Side, _ settings: Settings, _ isUsed: Bool
    ) -> [SettingProblem] {
        guard isUsed else { return [] }
        let options = side == .accepting ? clientOptions(settings) : upstreamOptions(settings)
        do {
            let context = try TLSContext(side, options)
            return expired(context).map { [$0] } ?? []
        } catch {
            return problem(error, side, options, passFile(side, settings)).map { [$0] } ?? []
        }
    }

    private static func problem(
        _ problem: TLSProblem, _ side: TLSContext.Side, _ options: TLSOptions, _ passFile: String?
    ) -> SettingProblem? {
        let directive = directive(problem.part, side)
        guard problem.part == .passphrase, options.passphrase == nil else {
            return SettingProblem(directive: directive, severity: .error, message: problem.description)
        }
        // That the file with the passphrase cannot be read has been said already.
        if passFile != nil { return nil }
        return SettingProblem(
            directive: Self.directive(.key, side), severity: .error,
            message: "\(problem.description): name a file that holds it by \(directive)")
    }

    private static func passFile(_ side: TLSContext.Side, _ settings: Settings) -> String? {
        side == .accepting ? settings.tlsKeyFilePassFile : settings.upstreamTlsKeyFilePassFile
    }

    private static func expired(_ context: TLSContext) -> SettingProblem? {
        guard let expiry = context.certificateExpiry, expiry < time(nil) else { return nil }
        return SettingProblem(
            directive: directive(.certificate, context.side), severity: .warning,
            message: "this certificate has expired: peers that verify it will refuse to connect")
    }

    private static func directive(_ part: TLSProblem.Part, _ side: TLSContext.Side) -> String {
        let prefix = side == .accepting ? "" : "upstream-"
        return switch part {
        case .certificate: prefix + "tls-cert-file"
        case .key: prefix + "tls-key-file"
        case .passphrase: prefix + "tls-key-file-pass-file"
        case .authorityFile: prefix + "tls-ca-cert-file"
        case .authorityDirectory: "tls-ca-cert-dir"
        case .ciphers: "tls-ciphers"
        case .ciphersuites: "tls-ciphersuites"
        }
    }
}

extension Encryption {
    private static func clientOptions(_ settings: Settings) -> TLSOptions {
        var options = common(settings)
        options.certificateFile = settings.tlsCertFile
        options.keyFile = settings.tlsKeyFile
        options.passphrase = settings.tlsKeyPass?.revealed
        options.authorityFile = settings.tlsCaCertFile
        options.authorityDirectory = settings.tlsCaCertDir
        options.peerCertificate =
            switch settings.tlsAuthClients {
            case .yes: .required
            case .no: .ignored
            case .optional: .optional
            }
        return options
    }

    private static func upstreamOptions(_ settings: Settings) -> TLSOptions {
        var options = common(settings)
        options.certificateFile = settings.upstreamTlsCertFile
        options.keyFile = settings.upstreamTlsKeyFile
        options.passphrase = settings.upstreamTlsKeyPass?.revealed
        options.authorityFile = settings.upstreamTlsCaCertFile
        options.peerCertificate = settings.upstreamTlsVerify ? .required : .ignored
        return options
    }

    private static func common(_ settings: Settings) -> TLSOptions {
        var options = TLSOptions()
        options.versions =
            switch settings.tlsProtocols {
            case .both: .v12 ... .v13
            case .only12: .v12 ... .v12
            case .only13: .v13 ... .v13
            }
        options.ciphers = settings.tlsCiphers
        options.ciphersuites = settings.tlsCiphersuites
        return options
    }

    // MARK: Metrics

    private static func observer(
        _ metrics: MetricsRegistry, _ side: String
    ) -> @Sendable (TLSFailure?) -> Void {
        let succeeded = metrics.counter(.tlsHandshakes, side)
        var failed: [TLSFailure.Reason: Counter] = [:]
        for reason in TLSFailure.Reason.allCases where reason != .cancelled {
            failed[reason] = metrics.counter(.tlsHandshakeFailures, side, reason.rawValue)
        }
        return { [failed] failure in
            if let failure { failed[failure.reason]?.add(1) } else { succeeded.add(1) }
        }
    }

    private func publish(_ metrics: MetricsRegistry) {
        for (side, context) in [("client", clients), ("upstream", upstream)] {
            guard let expiry = context?.certificateExpiry else { continue }
            metrics.gauge(.tlsCertificateExpiry, side).set(expiry)
        }
    }
}
