import TestSupport
import Testing

@Suite("Documentation")
struct DocumentationTests {
    @Test("every directive is in docs/proxy.conf.md and in proxy.conf")
    func directives() throws {
        let names = try Self.directiveNames()
        #expect(names.count > 40, "the table of directives in Sources/Config was not recognised")
        for path in ["docs/proxy.conf.md", "proxy.conf"] {
            let words = try Self.words(of: path)
            expectNone(
                names.filter { !words.contains($0.name) }
                    .map { "\($0.place): the directive '\($0.name)' is missing in \(path)" })
        }
    }

    @Test("every metric is in docs/metrics.md")
    func metrics() throws {
        var names: [(name: String, place: String)] = []
        for file in try SourceFile.below("Sources/Metrics", suffix: ".swift") {
            names += Self.quoted(in: file).filter { quoted in
                ["freshet_", "cache_invalidation", "process_"].contains { quoted.name.hasPrefix($0) }
                    && quoted.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }
                    && quoted.name.last != "_"
            }
        }
        #expect(names.count > 10, "the list of metrics in Sources/Metrics was not recognised")
        let words = try Self.words(of: "docs/metrics.md")
        expectNone(
            names.filter { !words.contains($0.name) }
                .map { "\($0.place): the metric '\($0.name)' is missing in docs/metrics.md" })
    }

    @Test("every link between the documents resolves")
    func links() throws {
        var files = try SourceFile.below("docs", suffix: ".md")
        for name in FileSystem.names(in: RepositoryRoot.path) where name.hasSuffix(".md") {
            files.append(try SourceFile(name))
        }
        expectNone(files.flatMap(Self.brokenLinks))
    }

    private static func brokenLinks(in file: SourceFile) -> [String] {
        let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
        return file.lines.enumerated().flatMap { index, line in
            line.split(separator: "](").dropFirst().compactMap { rest -> String? in
                let target = rest.prefix { $0 != ")" && $0 != "#" && $0 != " " }
                guard !target.isEmpty, !target.contains("://"), !target.hasPrefix("mailto:") else {
                    return nil
                }
                let path = RepositoryRoot.path + "/" + (folder.isEmpty ? "" : folder + "/") + target
                if FileSystem.exists(path) { return nil }
                return "\(file.path):\(index + 1): the link to '\(target)' leads nowhere"
            }
        }
    }

    /// What the table of directives declares: `"name", \.setting` or `name: "name"`, in files named for
    /// directives.
    private static func directiveNames() throws -> [(name: String, place: String)] {
        let files = try SourceFile.below("Sources/Config", suffix: ".swift").filter {
            $0.name.contains("Directive+")
        }
        return files.flatMap { file in
            file.lines.enumerated().compactMap { index, line -> (name: String, place: String)? in
                let parts = line.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
                guard parts.count == 3, parts[0].hasSuffix("name: ") || parts[2].hasPrefix(", \\.") else {
                    return nil
                }
                guard !parts[1].isEmpty, parts[1].allSatisfy({ $0.isLowercase || $0 == "-" }) else {
                    return nil
                }
                return (String(parts[1]), "\(file.path):\(index + 1)")
            }
        }
    }

    private static func quoted(in file: SourceFile) -> [(name: String, place: String)] {
        file.lines.enumerated().flatMap { index, line in
            line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }
                .map { (String($0.element), "\(file.path):\(index + 1)") }
        }
    }

    /// The words of a text, where a word may hold `-` and `_`.
    private static func words(of path: String) throws -> Set<String> {
        let text = try FileSystem.readText(RepositoryRoot.file(path))
        return Set(text.split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" }.map(String.init))
    }
}
