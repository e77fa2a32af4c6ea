import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What becomes of the files of a process between its end and its next start.
struct StateDamage {
    /// How the process ends before.
    enum End: CaseIterable { case asked, askedTwice, killed }

    private var random: Seed

    init(_ seed: Seed) { random = seed }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &random) }

    mutating func end() -> End { End.allCases[below(3)] }

    /// Damages some files below `directory`, and says how.
    mutating func strike(_ directory: String) -> String {
        let names = FileSystem.names(in: directory).filter { $0 != "." && $0 != ".." }.sorted()
        var told: [String] = []
        for _ in 0...below(3) {
            guard let name = names.randomElement(using: &random) else { break }
            told.append("\(name) \(damage(directory + "/" + name))")
        }
        return told.isEmpty ? "nothing was there" : told.joined(separator: ", ")
    }

    private mutating func damage(_ path: String) -> String {
        guard var bytes = try? FileSystem.read(path), !FileSystem.isDirectory(path) else { return "left" }
        let what: String
        switch below(8) {
        case 0...2:
            for _ in 0...below(3) where !bytes.isEmpty { bytes[below(bytes.count)] ^= 1 << UInt8(below(8)) }
            what = "with flipped bits"
        case 3:
            bytes = Array(bytes.prefix(below(bytes.count)))
            what = "cut off"
        case 4:
            bytes = (0..<below(5000)).map { _ in UInt8(below(256)) }
            what = "full of noise"
        case 5:
            bytes = []
            what = "emptied"
        case 6:
            // SQLite's user_version, and the version of a journal.
            for place in [63, 7] where place < bytes.count { bytes[place] = 99 }
            what = "of a newer version"
        default:
            unsafe unlink(path)
            return "removed"
        }
        try? FileSystem.write(bytes, to: path)
        return what
    }
}
