import TestSupport
import Testing

/// `docs/faults.md` lists what can go wrong, and where it is tested.
@Suite("Table of faults")
struct FaultTableTests {
    /// The numbers of the cases that this repository answers for.
    private static let cases = Array(1...91) + Array(93...103) + Array(117...146)

    private struct Row {
        let number: Int
        let line: Int
        let proof: String

        /// What stands between backquotes.
        var tests: [String] {
            proof.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element).replacing("\\|", with: "|") }
        }
    }

    @Test("every case has one row, in order")
    func complete() throws {
        let numbers = try Self.rows().map(\.number)
        #expect(numbers == numbers.sorted())
        let missing = Self.cases.filter { number in numbers.filter { $0 == number }.count != 1 }
        #expect(missing.isEmpty, "docs/faults.md needs one row for each of \(missing)")
    }

    @Test("every row names a test that exists, or a reason")
    func proofs() throws {
        let names = try Self.quotedInTests()
        #expect(names.count > 300, "the tests were not found")
        var violations: [String] = []
        for row in try Self.rows() where !row.proof.hasPrefix("divergence: ") {
            if row.tests.isEmpty {
                violations.append(
                    "docs/faults.md:\(row.line): case \(row.number) has neither test nor reason")
            }
            for test in row.tests where !names.contains(test) {
                violations.append("docs/faults.md:\(row.line): there is no test named '\(test)'")
            }
        }
        expectNone(violations)
    }

    private static func rows() throws -> [Row] {
        try SourceFile("docs/faults.md").lines.enumerated().compactMap { index, line -> Row? in
            let cells = line.replacing("\\|", with: "\\\u{1}").split(separator: "|").map { cell in
                String(cell.drop { $0 == " " }.replacing("\u{1}", with: "|"))
            }
            guard cells.count == 4, let first = cells.first, let number = Int(first.filter { $0 != " " })
            else { return nil }
            return Row(number: number, line: index + 1, proof: cells[3])
        }
    }

    /// The texts between quotation marks in the tests: names of tests and of rows in their tables.
    private static func quotedInTests() throws -> Set<String> {
        var names: Set<String> = []
        for file in try SourceFile.below("Tests", suffix: ".swift") where !file.path.contains("TidyTests") {
            for line in file.lines where line.contains("\"") {
                for (offset, part) in line.split(separator: "\"", omittingEmptySubsequences: false)
                    .enumerated()
                where offset % 2 == 1 { names.insert(String(part)) }
            }
        }
        return names
    }
}
