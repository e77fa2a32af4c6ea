import TestSupport

/// A text file of the repository, with its lines numbered from 1.
struct SourceFile: Sendable {
    /// Relative to the repository.
    let path: String
    let lines: [String]

    init(_ path: String) throws {
        self.path = path
        lines = try FileSystem.readText(RepositoryRoot.file(path))
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The target a file belongs to: the folder under Sources or Tests.
    var target: String { String(path.split(separator: "/").dropFirst().first ?? "") }

    var name: String { String(path.split(separator: "/").last ?? "") }

    /// Each line without string literals and comments, so that rules about code see only code.
    var code: [(number: Int, text: String)] {
        var inMultilineString = false
        return lines.enumerated().map { index, line in
            let opens = line.split(separator: "\"\"\"", omittingEmptySubsequences: false).count - 1
            if inMultilineString {
                if opens % 2 == 1 { inMultilineString = false }
                return (index + 1, "")
            }
            if opens % 2 == 1 { inMultilineString = true }
            return (index + 1, Self.withoutLiteralsAndComments(line))
        }
    }

    private static func withoutLiteralsAndComments(_ line: String) -> String {
        var result = ""
        var inString = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" {
                inString.toggle()
            } else if !inString {
                if character == "/", previous == "/" { return String(result.dropLast()) }
                result.append(character)
            }
            previous = character
        }
        return result
    }

    static func below(_ folder: String, suffix: String) throws -> [SourceFile] {
        let root = RepositoryRoot.path
        return try FileSystem.files(below: RepositoryRoot.file(folder))
            .filter { $0.hasSuffix(suffix) }
            .map { try SourceFile(String($0.dropFirst(root.count + 1))) }
    }

    static func product() throws -> [SourceFile] { try below("Sources", suffix: ".swift") }

    static func all() throws -> [SourceFile] { try product() + below("Tests", suffix: ".swift") }
}
