import Bytes
import Naming

/// Splits a line at spaces into words with the columns they would have in `proxy.conf`, the directive first.
func words(_ line: String, number: Int = 1) -> [Word] {
    var words: [Word] = []
    var column = 1
    for part in line.split(separator: " ", omittingEmptySubsequences: false) {
        let length = part.utf8.count
        if length > 0 {
            let location = SourceLocation(file: "proxy.conf", line: number, column: column, length: length)
            words.append(Word(text: ByteString(String(part)), location: location))
        }
        column += length + 1
    }
    return words
}

extension ConventionSet {
    /// Adds a whole line, directive included.
    mutating func add(_ line: String, number: Int = 1) -> [Diagnostic] {
        let all = words(line, number: number)
        let rest = Array(all.dropFirst())
        switch all[0].text.text {
        case "tag": return addTag(rest, at: all[0].location)
        case "depend": return addDepend(rest, at: all[0].location)
        case "rule": return addRule(rest, at: all[0].location)
        case "schedule": return addSchedule(rest, at: all[0].location)
        default: return addProtect(rest, at: all[0].location)
        }
    }
}

struct Refused: Error {
    var diagnostics: [Diagnostic]
}

/// Compiles lines that are expected to be right.
func compiled(_ lines: [String], cyclesAllowed: Bool = false, allowBroad: Bool = false) throws -> Conventions
{
    var set = ConventionSet(cyclesAllowed: cyclesAllowed, allowBroad: allowBroad)
    var diagnostics: [Diagnostic] = []
    for (index, line) in lines.enumerated() { diagnostics += set.add(line, number: index + 1) }
    let (conventions, found) = set.compile()
    guard diagnostics.isEmpty, let conventions else { throw Refused(diagnostics: diagnostics + found) }
    return conventions
}

/// What is wrong with a line on its own, or, when nothing is, with the lines together.
func diagnostics(_ lines: String..., cyclesAllowed: Bool = false, allowBroad: Bool = false) -> [Diagnostic] {
    var set = ConventionSet(cyclesAllowed: cyclesAllowed, allowBroad: allowBroad)
    let own = lines.enumerated().flatMap { index, line in set.add(line, number: index + 1) }
    return own.isEmpty ? set.compile().1 : own
}

/// A seeded generator: a failing run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Spans cannot be arguments inside `#expect`.
extension Conventions {
    func concerns(_ key: ByteString) -> Bool { concerns(key.span) }
    func isProtected(_ key: ByteString) -> Bool { isProtected(key.span) }
    func steps(toMatch key: ByteString) -> Int { steps(toMatch: key.span) }
    func facts(of key: ByteString) -> Facts { facts(of: key.span) }
    static func isReserved(_ key: ByteString) -> Bool { isReserved(key.span) }
}
