#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A directory of a test's own, removed with everything in it when the last owner lets go.
///
/// Its path is short on purpose: the path of a Unix socket has 107 bytes at most.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() throws {
        let parent = ProcessEnvironment["TMPDIR"] ?? "/tmp"
        var template = Array((parent + "/freshet-XXXXXX").utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw SupportError.system("cannot create a directory in \(parent)", code: errno)
        }
        path = unsafe template.withUnsafeBufferPointer { unsafe String(cString: $0.baseAddress!) }
        Undertaker.shared.adopt(directory: path)
    }

    deinit { FileSystem.removeTree(path) }
}
