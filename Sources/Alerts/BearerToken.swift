#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A token from a file: whoever has it is let in, so nothing shows it.
enum BearerToken {
    static let mostBytes = 16 << 10

    /// The file's content without white space around it; throws when that cannot be a token.
    static func load(_ path: String) throws(AlertFailure) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw AlertFailure(.token, "the token file cannot be read") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: mostBytes + 1)
        var count = 0
        while count < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(descriptor, buffer.baseAddress! + count, buffer.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw AlertFailure(.token, "the token file cannot be read") }
            if got == 0 { break }
            count += got
        }
        guard count <= mostBytes else { throw AlertFailure(.token, "the token file is too long for a token") }
        return try token(bytes[..<count])
    }

    /// A header takes visible characters alone; anything else could begin another header.
    private static func token(_ bytes: ArraySlice<UInt8>) throws(AlertFailure) -> String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let text = bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        guard !text.isEmpty else { throw AlertFailure(.token, "the token file is empty") }
        guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw AlertFailure(.token, "the token file holds more than one token")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
