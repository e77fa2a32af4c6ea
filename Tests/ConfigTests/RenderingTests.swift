import Config
import Naming
import Testing

@Suite struct RenderingTests {
    @Test("fault 135: errors are rendered as a compiler does, with a caret line and a count")
    func golden() {
        let text = """
            workers 2
            tagg product:{id}:* product:{id}
            cascade-deadline  250   # too short
            tag page:{lang} page:{sku}
            """
        #expect(
            Loader.load(text: text).rendered == """
                proxy.conf:2:1: error: unknown directive 'tagg'; did you mean 'tag'?
                    2 | tagg product:{id}:* product:{id}
                      | ^~~~
                proxy.conf:3:19: error: expected a duration such as 250ms, 5s or 1m, found '250'
                    3 | cascade-deadline  250   # too short
                      |                   ^~~
                proxy.conf:4:22: error: '{sku}' is used but the pattern binds only {lang}
                    4 | tag page:{lang} page:{sku}
                      |                      ^~~~~
                3 errors. Configuration not accepted; a running proxy keeps what it has.

                """)
    }

    @Test("warnings are counted apart and do not refuse")
    func warnings() {
        let warning = Diagnostic(
            severity: .warning, location: SourceLocation(file: "f", line: 0, column: 0, length: 0),
            message: "w")
        var error = warning
        error.severity = .error
        #expect(render([warning], sources: Sources()).hasSuffix("1 warning. Configuration accepted.\n"))
        #expect(
            render([error, error, warning], sources: Sources()).hasSuffix(
                "2 errors, 1 warning. Configuration not accepted; a running proxy keeps what it has.\n"))
        #expect(render([], sources: Sources()).isEmpty)
    }

    @Test("carets stand under characters, not bytes, and tabs stay tabs")
    func alignment() {
        let rendered = Loader.load(text: "pid-file\t\"ü\" x").rendered
        #expect(rendered.contains("    1 | pid-file\t\"ü\" x\n      |         \t    ^\n"))
    }

    @Test("control characters of a file reach no terminal")
    func controls() {
        let rendered = Loader.load(text: "mode \"\u{1b}[2J\u{7}\u{202e}\"").rendered
        #expect(!rendered.contains("\u{1b}") && !rendered.contains("\u{7}") && !rendered.contains("\u{202e}"))
    }

    @Test("control characters that a message quotes reach no terminal")
    func controlsInMessages() {
        let rendered = Loader.load(text: "tag \"a:{\\x1b}\" t\nmode \"\\x1b[2J\"").rendered
        #expect(rendered.contains("2 errors") && !rendered.contains("\u{1b}"))
    }

    @Test("a long line is shown around its place")
    func longLine() {
        let rendered = Loader.load(text: "deny \(String(repeating: "A", count: 5000)) x").rendered
        let lines = rendered.split(separator: "\n")
        #expect(lines.allSatisfy { $0.utf8.count < 250 })
        #expect(lines[2].contains("^"))
    }

    @Test("a place past the source is named without an excerpt")
    func noExcerpt() {
        let place = SourceLocation(file: "f", line: 9, column: 9, length: 1)
        let rendered = render(
            [Diagnostic(severity: .error, location: place, message: "m")], sources: Sources())
        #expect(rendered.hasPrefix("f:9:9: error: m\n1 error."))
    }
}
