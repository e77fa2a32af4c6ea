import TestSupport
import Testing

@Suite("Banned words")
struct BannedWordTests {
    /// What code must not say, where it may all the same, and what to do instead.
    private static let bannedCode: [(text: String, allowed: [String], advice: String)] = [
        ("print(", ["Sources/freshet/"], "log, or return the text"),
        ("try!", [], "throw, or say why it cannot fail with a precondition"),
        ("@unchecked Sendable", ["Sources/EventLoop/"], "use Mutex or Atomic"),
        ("import Foundation", ["import FoundationEssentials"], "import FoundationEssentials"),
        ("String(", [], "keys are bytes on the data path"),
    ]

    private static let bannedNames = ["Utils", "Util", "Common", "Core", "Helpers", "Helper", "Manager"]

    @Test("no code calls what is banned")
    func calls() throws {
        var violations: [String] = []
        for file in try SourceFile.all() {
            for (number, text) in file.code {
                for banned in Self.bannedCode where text.contains(banned.text) {
                    if Self.isAllowed(banned, in: file, text) { continue }
                    violations.append("\(file.path):\(number): '\(banned.text)' is banned: \(banned.advice)")
                }
            }
        }
        expectNone(violations)
    }

    private static func isAllowed(
        _ banned: (text: String, allowed: [String], advice: String), in file: SourceFile, _ code: String
    ) -> Bool {
        if banned.text == "String(" {
            let isData = file.path.hasPrefix("Sources/Relay/") && file.name != "Refusal.swift"
            return !isData || code.contains("ByteString(")
        }
        return banned.allowed.contains { file.path.hasPrefix($0) || code.contains($0) }
    }

    @Test("no type and no file is named for nothing")
    func names() throws {
        var violations: [String] = []
        for file in try SourceFile.all() {
            let stem = String(file.name.dropLast(6))
            if Self.bannedNames.contains(where: { stem.hasSuffix($0) }) {
                violations.append("\(file.path):1: '\(stem)' says nothing: name the concept")
            }
            for (number, text) in file.code {
                let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
                for (keyword, name) in zip(words, words.dropFirst())
                where ["struct", "class", "enum", "actor", "protocol"].contains(keyword) {
                    guard Self.bannedNames.contains(where: { name.hasSuffix($0) }) else { continue }
                    violations.append("\(file.path):\(number): '\(name)' says nothing: name the concept")
                }
            }
        }
        expectNone(violations)
    }

    @Test("nothing is left for later and nothing names the machine it was written on")
    func leftovers() throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
        var files = try SourceFile.all()
        let clients = [".py", ".rb", ".php", ".pl", ".pm", ".sh"].map { ("Tests/clients", $0) }
        for (folder, suffix) in [("scripts", ""), ("docs", ".md"), ("Benchmarks", "")] + clients {
            files += try SourceFile.below(folder, suffix: suffix)
        }
        var violations: [String] = []
        for file in files {
            for (index, line) in file.lines.enumerated() {
                for mark in marks where line.contains(mark) {
                    violations.append("\(file.path):\(index + 1): '\(mark)' must not be committed")
                }
            }
        }
        expectNone(violations)
    }
}
