import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes bytes into files past everybody who has them open.
enum FileBytes {
    static func write(_ bytes: [UInt8], to path: String) throws {
        try FileSystem.write("", to: path)
        try overwrite(path, at: 0, with: bytes)
    }

    static func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SupportError("cannot open \(path)") }
        defer { close(descriptor) }
        guard unsafe pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else {
            throw SupportError("cannot write \(path)")
        }
    }

    static func remove(_ path: String) throws {
        guard unsafe unlink(path) == 0 else { throw SupportError("cannot remove \(path)") }
    }
}
