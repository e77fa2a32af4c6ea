import Bytes
import Naming
import Testing

/// The grammar said in the plainest way: tries every split, remembers what is bound.
private func naiveMatch(
    _ pattern: ArraySlice<Character>, _ key: ArraySlice<Character>, _ bound: [Character: String]
)
    -> Bool
{
    guard let first = pattern.first else { return key.isEmpty }
    let rest = pattern.dropFirst()
    switch first {
    case "#": return !key.isEmpty
    case "*", "X", "Y":
        if first != "*", let value = bound[first] {
            return key.starts(with: value) && naiveMatch(rest, key.dropFirst(value.count), bound)
        }
        var value = ""
        var remaining = key
        while let next = remaining.popFirst(), next != ":" {
            value.append(next)
            var bound = bound
            if first != "*" { bound[first] = value }
            if naiveMatch(rest, remaining, bound) { return true }
        }
        return false
    default: return key.first == first && naiveMatch(rest, key.dropFirst(), bound)
    }
}

/// A random pattern as one character an atom: `#` is `**`, `X` and `Y` are captures.
private func randomPattern(_ generator: inout SeededGenerator, captures: Bool) -> String {
    var pattern = ""
    for index in 0..<Int.random(in: 1...3, using: &generator) {
        if index > 0 { pattern.append(":") }
        var wasWild = false
        for _ in 0..<Int.random(in: 0...5, using: &generator) {
            let choices = wasWild ? "ab" : captures ? "abXY**" : "ab**"
            let atom = choices.randomElement(using: &generator) ?? "a"
            wasWild = !"ab".contains(atom)
            pattern.append(atom)
        }
    }
    if Int.random(in: 0..<4, using: &generator) == 0 { pattern += pattern.isEmpty ? "#" : ":#" }
    return pattern.isEmpty ? "a" : pattern
}

private func written(_ pattern: String) -> String {
    pattern.map { $0 == "#" ? "**" : $0 == "X" ? "{X}" : $0 == "Y" ? "{Y}" : String($0) }.joined()
}

private func randomKey(_ generator: inout SeededGenerator) -> String {
    String(
        (0..<Int.random(in: 1...12, using: &generator)).map { _ in
            "aaabbb:".randomElement(using: &generator) ?? "a"
        })
}

/// Disagreements are gathered and expected to be none: an expectation a key would take minutes.
struct MatcherPropertyTests {
    @Test("one pattern matches as the grammar says, on random patterns and keys", arguments: 1...20)
    func single(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        var disagreements: [String] = []
        for _ in 0..<60 {
            let pattern = randomPattern(&generator, captures: false)
            let conventions = try compiled(["depend stale on \(written(pattern))"], cyclesAllowed: true)
            let protection = try compiled(["protect \(written(pattern))"])
            for _ in 0..<40 {
                let key = randomKey(&generator)
                let expected = naiveMatch(Array(pattern)[...], Array(key)[...], [:])
                let bytes = ByteString(key)
                let found = [
                    conventions.concerns(bytes), !conventions.facts(of: bytes).dependents.isEmpty,
                    protection.isProtected(bytes),
                ]
                if found != [expected, expected, expected] {
                    disagreements.append("\(written(pattern)) on \(key): \(found)")
                }
            }
        }
        #expect(disagreements == [])
    }

    @Test("many patterns in one trie match as each of them alone", arguments: 1...20)
    func many(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed &* 77)
        let patterns = (0..<60).map { _ in randomPattern(&generator, captures: false) }
        let lines = patterns.enumerated().map { "depend stale\($0) on \(written($1))" }
        let conventions = try compiled(lines, cyclesAllowed: true)
        var disagreements: [String] = []
        for _ in 0..<100 {
            let key = randomKey(&generator)
            let expected = patterns.indices.filter {
                naiveMatch(Array(patterns[$0])[...], Array(key)[...], [:])
            }
            let found = conventions.facts(of: ByteString(key)).dependents.map(\.key)
            if found != expected.map({ ByteString("stale\($0)") })
                || conventions.concerns(ByteString(key)) == expected.isEmpty
            {
                disagreements.append("\(key): \(found)")
            }
        }
        #expect(disagreements == [])
    }

    @Test("with captures, what is accepted is right and what concerns nobody is certain", arguments: 1...20)
    func withCaptures(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed &* 991)
        var disagreements: [String] = []
        for _ in 0..<80 {
            let pattern = randomPattern(&generator, captures: true)
            var set = ConventionSet(cyclesAllowed: true)
            guard set.add("depend stale on \(written(pattern))").isEmpty, let conventions = set.compile().0
            else { continue }
            for _ in 0..<40 {
                let key = randomKey(&generator)
                let expected = naiveMatch(Array(pattern)[...], Array(key)[...], [:])
                let isMatched = !conventions.facts(of: ByteString(key)).dependents.isEmpty
                let isConcerned = conventions.concerns(ByteString(key))
                if isMatched && !expected || expected && !isConcerned {
                    disagreements.append("\(written(pattern)) on \(key)")
                }
            }
        }
        #expect(disagreements == [])
    }
}
