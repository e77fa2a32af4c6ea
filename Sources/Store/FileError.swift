#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the system refused to do with a file, in words.
public struct FileError: Error, Sendable, CustomStringConvertible {
    public let code: Int32
    public let description: String

    /// Takes the reason from `errno`.
    init(_ what: String, _ path: String) {
        let code = errno
        self.code = code
        description = unsafe "cannot \(what) '\(path)': \(String(cString: strerror(code)))"
    }

    /// The system's `close`, for types that have a method of that name.
    static func close(_ descriptor: Int32) {
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #else
            _ = Musl.close(descriptor)
        #endif
    }
}
