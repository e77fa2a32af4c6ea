import TestSupport
import Testing

@Suite("Sizes")
struct SizeTests {
    @Test("no file has more than 400 lines")
    func files() throws {
        expectNone(
            try SourceFile.all().filter { $0.lines.count > 401 }
                .map {
                    "\($0.path):401: a file has at most 400 lines, this one \($0.lines.count - 1): split it"
                })
    }

    @Test("no line has more than 110 columns")
    func lines() throws {
        expectNone(
            try SourceFile.all().flatMap { file in
                file.lines.enumerated().filter { $0.element.count > 110 }.map { index, line in
                    "\(file.path):\(index + 1): a line has at most 110 columns, this one \(line.count)"
                }
            })
    }

    @Test("no function has more than 60 lines")
    func functions() throws {
        expectNone(
            try SourceFile.all().flatMap { file in
                FunctionScanner.functions(in: file).filter { $0.length > 60 }.map {
                    "\(file.path):\($0.line): over 60 lines in one function: \($0.length): split it"
                }
            })
    }

    @Test("the scanner measures a function from its first to its last line")
    func scanner() throws {
        let file = try SourceFile("Tests/TidyTests/FunctionScanner.swift")
        let functions = FunctionScanner.functions(in: file)
        #expect(functions.count == 2)
        #expect(functions.allSatisfy { $0.length > 5 })
    }
}
