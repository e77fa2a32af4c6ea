import Bytes
import CLibSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Puts what `TLSOptions` names into a new context of OpenSSL.
@safe struct TLSFiles {
    private let context: OpaquePointer
    private let options: TLSOptions

    init(context: OpaquePointer, options: TLSOptions) {
        unsafe self.context = context
        self.options = options
    }

    func load(_ side: TLSContext.Side) throws(TLSProblem) {
        if let path = options.certificateFile { try loadCertificate(path) }
        if let path = options.keyFile { try loadKey(path) }
        try loadAuthorities(side)
        try loadCiphers()
        unsafe SSL_CTX_set_verify(context, mode(side), nil)
        // Without a name for it, a resumed session of a client with a certificate would be refused.
        let name = Array("freshet".utf8)
        unsafe _ = SSL_CTX_set_session_id_context(context, name, UInt32(name.count))
    }

    private func mode(_ side: TLSContext.Side) -> Int32 {
        switch options.peerCertificate {
        case .ignored: SSL_VERIFY_NONE
        case .optional: SSL_VERIFY_PEER
        case .required: SSL_VERIFY_PEER | (side == .accepting ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
        }
    }

    // MARK: Certificate and key

    private func loadCertificate(_ path: String) throws(TLSProblem) {
        try checkReadable(path, .certificate)
        ERR_clear_error()
        guard unsafe SSL_CTX_use_certificate_chain_file(context, path) != 1 else { return }
        let isEmpty = TLSErrorQueue.hasReason(PEM_R_NO_START_LINE)
        let found = isEmpty ? "none" : "one that OpenSSL refuses"
        let reason = TLSErrorQueue.takeText(otherwise: "")
        throw TLSProblem(
            part: .certificate,
            description: "expected a PEM certificate in '\(path)', found \(found) (\(reason)): give the file "
                + "that begins with -----BEGIN CERTIFICATE-----")
    }

    private func loadKey(_ path: String) throws(TLSProblem) {
        try checkReadable(path, .key)
        ERR_clear_error()
        let passphrase = Passphrase(options.passphrase)
        let code = withExtendedLifetime(passphrase) {
            unsafe SSL_CTX_set_default_passwd_cb(context) { unsafe Passphrase.answer($0, $1, $3) }
            unsafe SSL_CTX_set_default_passwd_cb_userdata(
                context, Unmanaged.passUnretained(passphrase).toOpaque())
            defer { unsafe SSL_CTX_set_default_passwd_cb_userdata(context, nil) }
            return unsafe SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM)
        }
        if code != 1 { throw keyProblem(path, wasAsked: passphrase.wasAsked) }
        if options.certificateFile == nil { return }
        guard unsafe SSL_CTX_check_private_key(context) == 1 else { throw mismatch(path) }
    }

    private func keyProblem(_ path: String, wasAsked: Bool) -> TLSProblem {
        if TLSErrorQueue.hasReason(X509_R_KEY_VALUES_MISMATCH, X509_R_KEY_TYPE_MISMATCH) {
            return mismatch(path)
        }
        let reason = TLSErrorQueue.takeText(otherwise: "")
        if wasAsked {
            let found = options.passphrase == nil ? "none is given" : "the given one does not open it"
            return TLSProblem(
                part: .passphrase,
                description: "expected the passphrase of the encrypted private key '\(path)', but \(found)")
        }
        return TLSProblem(
            part: .key,
            description:
                "expected a PEM private key in '\(path)', found none that OpenSSL takes (\(reason)): "
                + "give the file that begins with -----BEGIN PRIVATE KEY-----")
    }

    private func mismatch(_ path: String) -> TLSProblem {
        ERR_clear_error()
        return TLSProblem(
            part: .key,
            description: "expected the private key of the certificate in '\(options.certificateFile ?? "")', "
                + "but '\(path)' is the key of another one: give two files that were made together")
    }

    // MARK: Authorities and ciphers

    private func loadAuthorities(_ side: TLSContext.Side) throws(TLSProblem) {
        if let path = options.authorityFile {
            try checkReadable(path, .authorityFile)
            ERR_clear_error()
            guard unsafe SSL_CTX_load_verify_file(context, path) == 1 else {
                let reason = TLSErrorQueue.takeText(otherwise: "no certificate")
                throw TLSProblem(
                    part: .authorityFile,
                    description: "expected PEM certificates of authorities in '\(path)', found none that "
                        + "OpenSSL takes (\(reason))")
            }
            if side == .accepting {
                unsafe SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(path))
            }
        }
        if let path = options.authorityDirectory {
            try checkReadable(path, .authorityDirectory)
            unsafe _ = SSL_CTX_load_verify_dir(context, path)
        }
        if side == .connecting, options.authorityFile == nil, options.authorityDirectory == nil {
            unsafe _ = SSL_CTX_set_default_verify_paths(context)
        }
    }

    private func loadCiphers() throws(TLSProblem) {
        ERR_clear_error()
        if let list = options.ciphers, unsafe SSL_CTX_set_cipher_list(context, list) != 1 {
            throw TLSProblem(
                part: .ciphers,
                description: "expected a list of ciphers as 'openssl ciphers' reads it, found '\(list)'")
        }
        if let list = options.ciphersuites, unsafe SSL_CTX_set_ciphersuites(context, list) != 1 {
            throw TLSProblem(
                part: .ciphersuites,
                description: "expected TLS 1.3 suites such as TLS_AES_256_GCM_SHA384, found '\(list)'")
        }
        ERR_clear_error()
    }

    private func checkReadable(_ path: String, _ part: TLSProblem.Part) throws(TLSProblem) {
        guard unsafe access(path, R_OK) != 0 else { return }
        let reason = unsafe String(cString: strerror(errno))
        let noun = part == .authorityDirectory ? "directory" : "file"
        throw TLSProblem(
            part: part, description: "expected a readable \(noun), but '\(path)' cannot be read: \(reason)")
    }

    /// Unix time at which the context's own certificate expires.
    static func expiry(of context: OpaquePointer) -> Int? {
        guard let certificate = unsafe SSL_CTX_get0_certificate(context),
            let end = unsafe X509_get0_notAfter(certificate)
        else { return nil }
        var time = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(end, &time) == 1 else { return nil }
        return unsafe timegm(&time)
    }
}

/// Answers OpenSSL's question for a passphrase; by itself OpenSSL would ask the terminal.
private final class Passphrase {
    private let bytes: ByteString?
    private(set) var wasAsked = false

    init(_ bytes: ByteString?) { self.bytes = bytes }

    static func answer(
        _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int32, _ context: UnsafeMutableRawPointer?
    ) -> Int32 {
        guard let context = unsafe context, let buffer = unsafe buffer else { return -1 }
        let passphrase = unsafe Unmanaged<Passphrase>.fromOpaque(context).takeUnretainedValue()
        passphrase.wasAsked = true
        guard let bytes = passphrase.bytes?.bytes, bytes.count <= Int(capacity) else { return -1 }
        for (index, byte) in bytes.enumerated() { unsafe buffer[index] = CChar(bitPattern: byte) }
        return Int32(bytes.count)
    }
}
