public import Bytes

/// What one side of encrypted connections is made of: files, and what is demanded of the peer.
public struct TLSOptions: Sendable {
    /// Whether the peer must show a certificate that the authorities have signed.
    public enum PeerCertificate: Sendable {
        case ignored
        /// None is fine; one that does not hold is refused.
        case optional
        case required
    }

    /// The certificate and those between it and the authority, as PEM.
    public var certificateFile: String?
    public var keyFile: String?
    /// What the private key is encrypted with.
    public var passphrase: ByteString?
    /// Trusted authorities as PEM; without file and directory, a connecting side trusts those of the system.
    public var authorityFile: String?
    /// A directory of authorities, named by their hashes as `openssl rehash` does it.
    public var authorityDirectory: String?
    public var peerCertificate = PeerCertificate.required
    public var versions: ClosedRange<TLSVersion> = .v12 ... .v13
    /// OpenSSL's list for TLS 1.2; nil leaves OpenSSL's default.
    public var ciphers: String?
    /// OpenSSL's list for TLS 1.3; nil leaves OpenSSL's default.
    public var ciphersuites: String?

    public init() {}
}

/// A version of the protocol. Older ones are broken and cannot be chosen.
public enum TLSVersion: Int, Sendable, Comparable {
    case v12 = 12
    case v13

    public static func < (left: TLSVersion, right: TLSVersion) -> Bool { left.rawValue < right.rawValue }
}

/// What is wrong with `TLSOptions`.
public struct TLSProblem: Error, Sendable, CustomStringConvertible {
    /// Which of the options it is about.
    public enum Part: Sendable {
        case certificate, key, passphrase, authorityFile, authorityDirectory, ciphers, ciphersuites
    }

    public let part: Part
    /// What was expected, what was found, what to do.
    public let description: String
}
