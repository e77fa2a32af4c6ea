#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Moves a file that cannot be used out of the way, under a name that tells when.
enum SetAside {
    /// Suffixes of the files beside the one, itself first; the shared memory is made anew.
    private static let companions = ["", "-wal", CommitCount.suffix]

    /// Returns the new path: `queue.sqlite.damaged-20261123T181502Z`.
    static func move(_ path: String) throws(FileError) -> String {
        let stem = "\(path).damaged-\(timestamp())"
        var target = stem
        var number = 1
        while exists(target) {
            number += 1
            target = "\(stem).\(number)"
        }
        for suffix in companions where exists(path + suffix) {
            guard unsafe rename(path + suffix, target + suffix) == 0 else {
                throw FileError("rename", path + suffix)
            }
        }
        unsafe unlink(path + "-shm")
        return target
    }

    /// Removes the file and what is kept beside it.
    static func remove(_ path: String) {
        for suffix in companions + ["-shm"] { unsafe unlink(path + suffix) }
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    private static func timestamp() -> String {
        var now = time(nil)
        var parts = unsafe tm()
        unsafe gmtime_r(&now, &parts)
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)\(two(month))\(two(day))T\(two(hour))\(two(minute))\(two(second))Z"
    }
}
