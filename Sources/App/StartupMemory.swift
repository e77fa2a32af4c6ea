import EventLoop

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Memory that only the start needed: pages of code, and heap that is free again.
///
/// Reading the configuration and Redis's command table, the dynamic linker and the initialisers of libraries
/// touch most of the code that is mapped and leave holes in the heap; serving touches little of either. The
/// kernel keeps counting all of it to the process until it runs short. Given back, a page of code that is
/// needed after all comes from the page cache, without reading a disk.
enum StartupMemory {
    /// How long after the start the first connections, tables and scripts are surely there.
    static let settledMilliseconds = 1000

    /// How often to look whether a burst has left much of the heap free.
    static let loosePauseMilliseconds = 3000

    /// Lets go of free heap and of all mapped code; what is needed is mapped again as it is used.
    static func release() {
        HeapMemory.trim()
        for line in maps().split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { continue }
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard bounds.count == 2, bounds[0] < bounds[1] else { continue }
            let start = unsafe UnsafeMutableRawPointer(bitPattern: bounds[0])
            _ = unsafe madvise(start, Int(bounds[1] - bounds[0]), MADV_DONTNEED)
        }
    }

    /// What is mapped where, as the kernel says it; empty where it does not.
    private static func maps() -> String {
        let file = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            text += chunk[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
