import COpenSSL

/// SHA-256 over pieces, with one context that is used again and again.
@safe struct SHA256: ~Copyable {
    private let context: OpaquePointer
    private let algorithm: OpaquePointer

    init() {
        guard let context = unsafe EVP_MD_CTX_new(), let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil)
        else {
            preconditionFailure("OpenSSL has no SHA-256")
        }
        unsafe self.context = context
        unsafe self.algorithm = algorithm
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
        unsafe EVP_MD_free(algorithm)
    }

    /// The digest of `first` followed by `second`, in lower-case hexadecimal.
    mutating func hexadecimal(_ first: Span<UInt8>, _ second: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let began = unsafe EVP_DigestInit_ex(context, algorithm, nil)
        let updated = update(first) && update(second)
        let ended = unsafe EVP_DigestFinal_ex(context, &digest, nil)
        precondition(began == 1 && updated && ended == 1, "SHA-256 failed")
        return Self.hexadecimal(digest)
    }

    static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }

    private mutating func update(_ bytes: Span<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1
        }
    }
}
