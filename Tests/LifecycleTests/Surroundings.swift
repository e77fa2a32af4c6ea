import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the machine lets a test do.
enum Surroundings {
    static let isRoot = geteuid() == 0

    /// Whether network and mount namespaces can be made.
    static let hasNamespaces: Bool = {
        let made = try? ChildProcess.run(["unshare", "-m", "-n", "true"])
        return isRoot && made?.exit == .code(0) && has("ip") && has("nsenter")
    }()

    static func has(_ program: String) -> Bool {
        ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"].contains { FileSystem.isExecutable($0 + program) }
    }

    /// Raises this process's own limit of descriptors and returns it.
    static let descriptors: Int = {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        _ = unsafe getrlimit(resource, &limit)
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        _ = unsafe setrlimit(resource, &limit)
        return Int(limit.rlim_cur)
    }()

    /// The descriptors that a process has open.
    static func openDescriptors(of process: Int32) -> Int {
        FileSystem.names(in: "/proc/\(process)/fd").count
    }
}

/// A command that gives what follows it a limit of descriptors.
func limited(descriptors: Int) -> [String] {
    ["sh", "-c", "ulimit -n \(descriptors); exec \"$0\" \"$@\""]
}

/// A command that gives what follows it a hosts file of its own.
func withHosts(_ path: String) -> [String] {
    [
        "unshare", "-m", "--propagation", "private", "sh", "-c",
        "mount --bind \(path) /etc/hosts && exec \"$0\" \"$@\"",
    ]
}

/// For tests of what only one connection mode does: the suite may be run with either as its default.
let sharedLinks = ["FRESHET_CONNECTIONS=shared"]
let dedicatedLinks = ["FRESHET_CONNECTIONS=dedicated"]
