/// Finds functions and initialisers by their braces; good enough for code that swift-format has laid out.
enum FunctionScanner {
    static func functions(in file: SourceFile) -> [(line: Int, length: Int)] {
        let code = file.code
        var functions: [(line: Int, length: Int)] = []
        for (index, line) in code.enumerated() where startsFunction(line.text) {
            var depth = 0
            var opened = false
            for (offset, next) in code[index...].enumerated() {
                depth += next.text.filter { $0 == "{" }.count - next.text.filter { $0 == "}" }.count
                opened = opened || next.text.contains("{")
                if opened, depth <= 0 {
                    functions.append((line.number, offset + 1))
                    break
                }
                if !opened, offset > 12 { break }
            }
        }
        return functions
    }

    private static func startsFunction(_ text: String) -> Bool {
        let words = text.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" }
        guard let place = words.firstIndex(where: { $0 == "func" || $0 == "init" || $0 == "deinit" }) else {
            return false
        }
        return words[..<place].allSatisfy { word in
            word.first == "@" || word.allSatisfy { $0.isLetter || $0 == ")" } && !word.contains("return")
        }
    }
}
