#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Finds the rules of named time zones in the system's database; the one place of this target that reads
/// files.
public struct TimeZoneFile: Sendable {
    /// Why a zone cannot be used: one sentence.
    public struct Problem: Error, Sendable, Hashable {
        public let text: String
    }

    /// Where Debian's package tzdata puts it.
    public static let systemFolder = "/usr/share/zoneinfo"
    /// The longest zone file of tzdata has less than 4 KiB.
    private static let longest = 256 << 10
    private static let longestName = 64

    private let folder: String

    public init(folder: String = TimeZoneFile.systemFolder) { self.folder = folder }

    /// The rules of a zone such as `Europe/Berlin`; `UTC` needs no file.
    public func rules(of name: String) throws(Problem) -> TimeZoneRules {
        if name == "UTC" { return .utc }
        guard Self.isName(name) else {
            throw Problem(text: "expected the name of a time zone, such as 'Europe/Berlin', found '\(name)'")
        }
        let bytes = try content(of: name)
        do throws(TZifReader.Damage) {
            return try TZifReader.read(bytes, name: name)
        } catch {
            throw Problem(
                text: "the time zone '\(name)' cannot be used: \(folder)/\(name) is damaged: \(error.text)")
        }
    }

    /// Whether `name` stays inside the folder: words of letters, digits, `+`, `-` and `_`, joined by `/`.
    ///
    /// A word begins with a letter, so that neither `..` nor an empty word is one.
    static func isName(_ name: String) -> Bool {
        guard (1...longestName).contains(name.utf8.count) else { return false }
        return name.utf8.split(separator: 0x2f, omittingEmptySubsequences: false).allSatisfy { word in
            guard let first = word.first, isLetter(first) else { return false }
            return word.allSatisfy { byte in
                isLetter(byte) || (0x30...0x39).contains(byte) || [0x2b, 0x2d, 0x5f].contains(byte)
            }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private func content(of name: String) throws(Problem) -> [UInt8] {
        // A pipe in the folder would block the one who opens it.
        let file = unsafe open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw missing(name, errno) }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(text: "expected the name of a time zone, but \(folder)/\(name) is not a file")
        }
        guard status.st_size <= Self.longest else {
            throw Problem(
                text:
                    "\(folder)/\(name) has \(status.st_size) bytes; no time zone has more"
                    + " than \(Self.longest)"
            )
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe read(file, $0.baseAddress! + count, $0.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            count += got
        }
        return Array(bytes.prefix(count))
    }

    private func missing(_ name: String, _ code: Int32) -> Problem {
        guard unsafe access(folder, R_OK | X_OK) == 0 else {
            return Problem(
                text: "there are no time zones in \(folder), which 'zone \(name)' needs: install the package"
                    + " tzdata")
        }
        if code != ENOENT && code != ENOTDIR {
            return Problem(
                text: "\(folder)/\(name) cannot be read: \(unsafe String(cString: strerror(code)))")
        }
        let hint = likely(name).map { "; did you mean '\($0)'?" } ?? ""
        return Problem(text: "there is no time zone '\(name)' in \(folder)\(hint)")
    }

    /// The zone of the same letters in other cases.
    private func likely(_ name: String) -> String? {
        var path = folder
        var found: [String] = []
        for word in name.split(separator: "/") {
            guard let entry = entries(of: path).first(where: { $0.lowercased() == word.lowercased() }) else {
                return nil
            }
            found.append(entry)
            path += "/" + entry
        }
        return found.joined(separator: "/")
    }

    private func entries(of path: String) -> [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names.sorted()
    }
}
