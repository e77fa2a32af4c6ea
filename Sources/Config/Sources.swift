/// The texts that diagnostics point into, in the order they were read.
public struct Sources: Sendable {
    /// The file name that overrides have in locations; each override is one line of it.
    public static let commandLine = "command line"
    /// The file name that `FRESHET_*` variables have in locations; each variable is one line of it.
    public static let environment = "environment"

    private var texts: [String: [ArraySlice<UInt8>]] = [:]
    private var ranks: [String: Int] = [:]

    public init() {}

    /// Keeps `bytes` under `file`.
    public mutating func add(_ file: String, _ bytes: [UInt8]) {
        if ranks[file] == nil { ranks[file] = ranks.count }
        texts[file] = Self.lines(of: bytes)
    }

    /// The bytes of a line, counted from 1, without its line end; nil when there is no such line.
    public func line(_ number: Int, of file: String) -> ArraySlice<UInt8>? {
        guard let lines = texts[file], number >= 1, number <= lines.count else { return nil }
        return lines[number - 1]
    }

    /// The place of `file` in the order of reading.
    func rank(of file: String) -> Int { ranks[file] ?? Int.max }

    /// Splits at LF, drops a CR before it and a byte order mark at the start.
    static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var rest = bytes[...]
        if rest.starts(with: [0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
        var lines = rest.split(separator: 0x0a, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { $0.last == 0x0d ? $0.dropLast() : $0 }
    }
}
