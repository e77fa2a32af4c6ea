#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Runs a shell command and gives its exit status, or -1.
func run(_ command: String) -> Int32 {
    var process: pid_t = 0
    let words = ["/bin/sh", "-c", command]
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    guard unsafe posix_spawn(&process, "/bin/sh", nil, nil, &arguments, environ) == 0 else { return -1 }
    var status: Int32 = 0
    guard unsafe waitpid(process, &status, 0) == process else { return -1 }
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
}
