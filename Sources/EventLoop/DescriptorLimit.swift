#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many descriptors the process may have (RLIMIT_NOFILE).
public enum DescriptorLimit {
    /// The most that is worth asking for.
    private static let most: rlim_t = 1 << 20

    /// Raises the limit as far as the process may, and returns it.
    @discardableResult
    public static func raise() -> Int {
        var limit = current()
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, most))
        _ = unsafe setrlimit(resource, &limit)
        return number
    }

    /// The limit as it is now.
    public static var number: Int { Int(clamping: current().rlim_cur) }

    /// Whether `reserve` descriptors are left; the kernel always gives the lowest free number, so a number
    /// just given tells.
    static func leaves(_ reserve: Int, after descriptor: Int32) -> Bool {
        let limit = number
        return limit < 2 * reserve || Int(descriptor) < limit - reserve
    }

    static func leaves(_ reserve: Int) -> Bool {
        let free = fcntl(0, F_DUPFD_CLOEXEC, 0)
        guard free >= 0 else { return errno != EMFILE && errno != ENFILE }
        closeDescriptor(free)
        return leaves(reserve, after: free)
    }

    private static func current() -> rlimit {
        var limit = rlimit()
        _ = unsafe getrlimit(resource, &limit)
        return limit
    }

    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif
}
