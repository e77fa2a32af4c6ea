import CLibSSL

/// Why a TLS handshake came to nothing.
public struct TLSFailure: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that are counted.
    public enum Reason: String, Sendable, CaseIterable {
        /// A certificate is missing, expired, for another name, or of an authority that is not trusted.
        case certificate
        /// No version or cipher that both sides allow.
        case version
        /// What came is not TLS.
        case notTLS = "not_tls"
        case timeout
        /// The peer went away.
        case closed
        case other
        /// This side closed the connection for another reason: not counted.
        case cancelled
    }

    public let reason: Reason
    /// For people: what OpenSSL says, and what it means.
    public let description: String

    init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }
}

/// OpenSSL's queue of errors, which every thread has.
enum TLSErrorQueue {
    /// The oldest error as OpenSSL words it, or `otherwise`; the queue is empty afterwards.
    static func takeText(otherwise: String) -> String {
        let code = ERR_peek_error()
        ERR_clear_error()
        return text(of: code) ?? otherwise
    }

    static func text(of code: UInt) -> String? {
        guard code != 0 else { return nil }
        if let text = unsafe ERR_reason_error_string(code) { return unsafe String(cString: text) }
        return "OpenSSL error \(String(code, radix: 16))"
    }

    /// Whether the oldest error has this reason code, whatever part of OpenSSL it comes from.
    static func hasReason(_ reasons: Int32...) -> Bool {
        let code = ERR_peek_error()
        return code != 0 && reasons.contains(freshet_err_reason(code))
    }
}

extension TLSFailure {
    /// What the handshake on `ssl` failed of; empties the thread's queue of errors.
    static func ofHandshake(_ ssl: OpaquePointer, isServer: Bool) -> TLSFailure {
        let code = ERR_peek_error()
        defer { ERR_clear_error() }
        guard code != 0, let text = TLSErrorQueue.text(of: code) else {
            return TLSFailure(.closed, "the connection ended during the handshake")
        }
        let reason = isFromLibrary(code) ? reason(freshet_err_reason(code)) : .other
        switch reason {
        case .notTLS:
            return TLSFailure(
                .notTLS, "\(text): the \(isServer ? "client" : "upstream at this address") does not speak TLS"
            )
        case .certificate:
            return TLSFailure(.certificate, verdict(unsafe SSL_get_verify_result(ssl), text))
        default: return TLSFailure(reason, text)
        }
    }

    /// Why a certificate does not hold, where this side has looked at one.
    private static func verdict(_ result: Int, _ text: String) -> String {
        guard result != Int(X509_V_OK), let words = unsafe X509_verify_cert_error_string(result) else {
            return text
        }
        return "\(text): \(unsafe String(cString: words))"
    }

    private static func isFromLibrary(_ code: UInt) -> Bool { freshet_err_library(code) == ERR_LIB_SSL }

    private static func reason(_ code: Int32) -> Reason {
        switch code {
        case SSL_R_CERTIFICATE_VERIFY_FAILED, SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
            SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, SSL_R_TLSV1_ALERT_UNKNOWN_CA,
            SSL_R_TLSV1_ALERT_ACCESS_DENIED, SSL_R_SSLV3_ALERT_NO_CERTIFICATE,
            SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
            SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
            SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
            .certificate
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_NO_SHARED_CIPHER,
            SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
            SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
            .version
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: .notTLS
        default: .other
        }
    }
}
