import Bytes
import Naming

extension Directive {
    static let tls: [Directive] = listeningTLS + upstreamTLS

    private static let listeningTLS: [Directive] = [
        scalar(
            "tls-cert-file", \.tlsCertFile, .path, in: .tls, reloadable: true,
            help: "The certificate of the TLS listeners as PEM, followed by those between it and its "
                + "authority. A reload reads all files of this section again: new connections get what they "
                + "hold then, and a file that is not accepted leaves the former one in force.",
            example: "tls-cert-file /etc/freshet/tls/tls.crt"),
        scalar(
            "tls-key-file", \.tlsKeyFile, .path, in: .tls, reloadable: true,
            help: "The private key of that certificate, as PEM.",
            example: "tls-key-file /etc/freshet/tls/tls.key"),
        scalar(
            "tls-key-file-pass-file", \.tlsKeyFilePassFile, .path, in: .tls, reloadable: true,
            help: "A file whose content, without its last line end, is the passphrase of an encrypted "
                + "tls-key-file.",
            example: "tls-key-file-pass-file /run/secrets/tls-passphrase"),
        scalar(
            "tls-ca-cert-file", \.tlsCaCertFile, .path, in: .tls, reloadable: true,
            help: "The authorities, as PEM, whose certificates are accepted from clients.",
            example: "tls-ca-cert-file /etc/freshet/tls/ca.crt"),
        scalar(
            "tls-ca-cert-dir", \.tlsCaCertDir, .path, in: .tls, reloadable: true,
            help: "A directory of such authorities, one to a file, prepared with openssl rehash.",
            example: "tls-ca-cert-dir /etc/ssl/certs"),
        scalar(
            "tls-auth-clients", \.tlsAuthClients, .choice, in: .tls, reloadable: true,
            help: "Whether a client of a TLS listener must show a certificate of one of these authorities. "
                + "With optional it need not, but one that it shows must hold.",
            example: "tls-auth-clients optional"),
        protocols,
        scalar(
            "tls-ciphers", \.tlsCiphers, .listOrDefault, in: .tls, reloadable: true,
            help: "The ciphers for TLS 1.2, as openssl ciphers reads them, for listeners and upstream alike.",
            example: "tls-ciphers HIGH:!aNULL:!kRSA"),
        scalar(
            "tls-ciphersuites", \.tlsCiphersuites, .listOrDefault, in: .tls, reloadable: true,
            help: "The suites for TLS 1.3, for listeners and upstream alike.",
            example: "tls-ciphersuites TLS_CHACHA20_POLY1305_SHA256"),
        scalar(
            "tls-handshake-timeout", \.tlsHandshakeTimeout,
            .duration(.milliseconds(10)...(.seconds(600))), in: .tls, reloadable: true,
            help: "How long the handshake of a client may take before the connection is closed. That of a "
                + "link to Redis must be over within its connect-timeout.",
            example: "tls-handshake-timeout 3s"),
    ]

    private static let upstreamTLS: [Directive] = [
        scalar(
            "upstream-tls-ca-cert-file", \.upstreamTlsCaCertFile, .path, in: .tls, reloadable: true,
            help: "The authorities, as PEM, that may have signed the certificate of a rediss:// upstream. "
                + "When off, those of the system.",
            example: "upstream-tls-ca-cert-file /etc/freshet/tls/redis-ca.crt"),
        scalar(
            "upstream-tls-cert-file", \.upstreamTlsCertFile, .path, in: .tls, reloadable: true,
            help: "The certificate that Freshet shows to the upstream, as PEM.",
            example: "upstream-tls-cert-file /etc/freshet/tls/client.crt"),
        scalar(
            "upstream-tls-key-file", \.upstreamTlsKeyFile, .path, in: .tls, reloadable: true,
            help: "The private key of that certificate, as PEM.",
            example: "upstream-tls-key-file /etc/freshet/tls/client.key"),
        scalar(
            "upstream-tls-key-file-pass-file", \.upstreamTlsKeyFilePassFile, .path, in: .tls,
            reloadable: true,
            help: "A file whose content, without its last line end, is the passphrase of an encrypted "
                + "upstream-tls-key-file.",
            example: "upstream-tls-key-file-pass-file /run/secrets/client-passphrase"),
        scalar(
            "upstream-tls-server-name", \.upstreamTlsServerName, .serverName, in: .tls, reloadable: true,
            help: "The name that the upstream's certificate must be for, and that is sent to it (SNI). When "
                + "off, the host of upstream.",
            example: "upstream-tls-server-name redis.example.com"),
        scalar(
            "upstream-tls-verify", \.upstreamTlsVerify, .yesOrNo, in: .tls, reloadable: true,
            help: "Whether the upstream's certificate must be of a trusted authority and for the right "
                + "name. Without it, whoever gets between Freshet and Redis reads and changes everything.",
            example: "upstream-tls-verify no"),
    ]

    private static let protocols = Directive(
        name: "tls-protocols", section: .tls, kind: .scalar, arguments: "VERSION...", unit: nil,
        isReloadable: true,
        help:
            "The versions of TLS that are allowed, of TLSv1.2 and TLSv1.3, for listeners and upstream alike.",
        example: "tls-protocols TLSv1.3",
        binding: Binding(
            arity: 1...2,
            set: { settings, words throws(Diagnostic) in
                settings.tlsProtocols = try parseProtocols(words)
            },
            show: { settings, _ in [settings.tlsProtocols.rawValue] },
            isEqual: { $0.tlsProtocols == $1.tlsProtocols },
            copy: { $1.tlsProtocols = $0.tlsProtocols },
            clear: nil))

    /// Takes the versions as words of their own, or in one as redis.conf has them.
    private static func parseProtocols(_ words: [Word]) throws(Diagnostic) -> Settings.TLSProtocols {
        var names: Set<String> = []
        for word in words {
            for name in word.text.text.lowercased().split(separator: " ") {
                guard name == "tlsv1.2" || name == "tlsv1.3" else {
                    throw word.unexpected("TLSv1.2, TLSv1.3 or both (older versions are not safe)")
                }
                names.insert(String(name))
            }
        }
        switch (names.contains("tlsv1.2"), names.contains("tlsv1.3")) {
        case (true, true): return .both
        case (true, false): return .only12
        case (false, true): return .only13
        case (false, false): throw words[0].unexpected("TLSv1.2, TLSv1.3 or both")
        }
    }
}

extension Parameter where Value == String? {
    /// A list in OpenSSL's notation, or `default`.
    fileprivate static var listOrDefault: Self {
        Parameter(syntax: "LIST|default", unit: nil) { word throws(Diagnostic) in
            if word.text == "default" { return nil }
            let text = word.text.text
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw word.unexpected("names with ':' between them, or default")
            }
            return text
        } show: {
            $0.map { Quotation.token(ByteString($0)) } ?? "default"
        }
    }

    /// A host name or numeric address, or `off`.
    static var serverName: Self {
        Parameter(syntax: "NAME|off", unit: nil) { word throws(Diagnostic) in
            if word.text == "off" { return nil }
            let text = word.text.text
            guard !text.isEmpty, text.utf8.count <= 253, !text.utf8.contains(0), !text.contains(" "),
                !text.contains("/")
            else { throw word.unexpected("a host name such as redis.example.com, or off") }
            return text
        } show: {
            $0.map { Quotation.token(ByteString($0)) } ?? "off"
        }
    }
}
