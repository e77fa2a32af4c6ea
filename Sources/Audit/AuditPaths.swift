#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Which files an operator means by a path.
enum AuditPaths {
    /// One list per log, each oldest first: a live file with its rotated ones, a rotated file alone, a
    /// directory's logs.
    static func files(_ path: String) -> [[String]] {
        if isDirectory(path) { return SegmentFamily.all(in: path).map(files(of:)) }
        let members = files(of: SegmentFamily(path: path))
        return members.isEmpty ? [[path]] : [members]
    }

    private static func files(of family: SegmentFamily) -> [String] {
        let rotated = family.numbers().map(family.path(number:))
        return unsafe access(family.livePath, F_OK) == 0 ? rotated + [family.livePath] : rotated
    }

    private static func isDirectory(_ path: String) -> Bool {
        guard let directory = unsafe opendir(path) else { return false }
        unsafe closedir(directory)
        return true
    }
}
