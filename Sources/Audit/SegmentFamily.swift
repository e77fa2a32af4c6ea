#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The files of one log: the live one and those rotated away, `audit.jsonl` and `audit-000001.jsonl`, ...
struct SegmentFamily: Sendable, Hashable {
    /// With a trailing slash; empty for the working directory.
    let directory: String
    let stem: String
    /// With its dot; may be empty.
    let suffix: String

    init(path: String) {
        let name: Substring
        if let slash = path.lastIndex(of: "/") {
            directory = String(path[...slash])
            name = path[path.index(after: slash)...]
        } else {
            directory = ""
            name = path[...]
        }
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        stem = String(name[..<dot])
        suffix = String(name[dot...])
    }

    var livePath: String { directory + stem + suffix }

    func path(number: Int) -> String {
        let digits = "\(number)"
        let zeros = String(repeating: "0", count: max(0, 6 - digits.utf8.count))
        return directory + stem + "-" + zeros + digits + suffix
    }

    /// The numbers of the rotated files that are there, ascending.
    func numbers() -> [Int] {
        Self.names(in: directory).compactMap(number(of:)).sorted()
    }

    private func number(of name: String) -> Int? {
        guard name.hasPrefix(stem + "-"), name.hasSuffix(suffix) else { return nil }
        let digits = name.dropFirst(stem.count + 1).dropLast(suffix.count)
        guard (6...18).contains(digits.utf8.count), digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
            return nil
        }
        return Int(digits)
    }

    /// Every family with a `.jsonl` file in `directory`, by name.
    static func all(in directory: String) -> [SegmentFamily] {
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        let families = names(in: prefix).filter { $0.hasSuffix(".jsonl") }.map { name in
            let family = SegmentFamily(path: prefix + name)
            let parts = family.stem.split(separator: "-", omittingEmptySubsequences: false)
            let live = parts.dropLast().joined(separator: "-") + family.suffix
            let candidate = SegmentFamily(path: prefix + live)
            return parts.count > 1 && candidate.number(of: name) != nil ? candidate : family
        }
        return Set(families).sorted { $0.livePath < $1.livePath }
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = unsafe opendir(directory.isEmpty ? "." : directory) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }
}
