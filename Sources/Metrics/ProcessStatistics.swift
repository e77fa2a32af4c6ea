#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the kernel says about this process, read from /proc when asked.
enum ProcessStatistics {
    private enum Field {
        // Positions after the command name in /proc/self/stat, see proc(5).
        static let userTicks = 11
        static let systemTicks = 12
        static let startTicks = 19
        static let virtualBytes = 20
        static let residentPages = 21
    }

    static func cpuSeconds() -> Double? {
        guard let user = field(Field.userTicks), let system = field(Field.systemTicks) else { return nil }
        return (user + system) / ticksPerSecond
    }

    static func residentBytes() -> Double? {
        field(Field.residentPages).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
    }

    static func virtualBytes() -> Double? { field(Field.virtualBytes) }

    static func startSeconds() -> Double? {
        guard let sinceBoot = field(Field.startTicks), let boot = bootSeconds() else { return nil }
        return boot + sinceBoot / ticksPerSecond
    }

    static func maxDescriptors() -> Double? {
        var limit = rlimit()
        #if canImport(Glibc)
            let result = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
            let result = unsafe getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        return result == 0 ? Double(limit.rlim_cur) : nil
    }

    /// Entries of /proc/self/fd, without the one that reading the directory opens.
    static func openDescriptors() -> Double? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var entries = 0
        while unsafe readdir(directory) != nil { entries += 1 }
        return Double(entries - 3)
    }

    private static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

    private static func field(_ index: Int) -> Double? {
        guard let text = contents("/proc/self/stat"), let end = text.lastIndex(of: UInt8(ascii: ")")) else {
            return nil
        }
        let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard index < fields.count else { return nil }
        return Double(String(decoding: fields[index], as: UTF8.self))
    }

    private static func bootSeconds() -> Double? {
        guard let text = contents("/proc/stat") else { return nil }
        let lines = text.split(separator: UInt8(ascii: "\n"))
        guard let line = lines.first(where: { $0.starts(with: "btime ".utf8) }) else { return nil }
        return Double(String(decoding: line.dropFirst(6), as: UTF8.self))
    }

    private static func contents(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count <= 0 { return count == 0 ? result : nil }
            result += chunk[..<count]
        }
    }
}

extension MetricsRegistry {
    /// Exposes the `process_*` metrics, read from /proc at each scrape.
    public func exposeProcess() {
        callback(.processCPU, read: ProcessStatistics.cpuSeconds)
        callback(.processResident, read: ProcessStatistics.residentBytes)
        callback(.processVirtual, read: ProcessStatistics.virtualBytes)
        callback(.processOpenDescriptors, read: ProcessStatistics.openDescriptors)
        callback(.processMaxDescriptors, read: ProcessStatistics.maxDescriptors)
        callback(.processStart, read: ProcessStatistics.startSeconds)
    }
}
